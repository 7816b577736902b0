"""The wheel: built from this checkout, installed elsewhere, run from a foreign folder."""

import re
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx
import pytest

from livelore import __version__
from tests.demo.demo_site import DemoSite

ROOT = Path(__file__).resolve().parents[2]
BYTES_MAX = 15_000_000
BASE_BYTES_MAX = 800_000_000
"""Of everything that a base install brings, compiled files included (DESIGN.md, section 2)."""


def done(*command: str, cwd: Path) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it, that sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    done(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=folder)
    venv = folder / "venv"
    pip = (sys.executable, "-m", "pip", "--python", str(venv), "--disable-pip-version-check")
    done(*pip, "install", "-q", "--no-deps", "--no-index", str(wheel), cwd=folder)
    (packages,) = venv.glob("lib/python*/site-packages")
    # Plain paths: a .pth file in them, such as that of this checkout, is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv


def test_it_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"livelore-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < BYTES_MAX
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for name in (
        "livelore/web/static/index.html",
        "livelore/demo_media/lecture.flv",
        "livelore/intelligence/assist/weights/sentences.model",
        "livelore/intelligence/assist/weights/known.model",
        "livelore/migrations/versions/0001_identity.py",
        f"livelore-{__version__}.dist-info/licenses/LICENSE",
        f"livelore-{__version__}.dist-info/entry_points.txt",
    ):
        assert name in names
    assert any(re.fullmatch(r"livelore/web/static/assets/.+\.js", name) for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"livelore", f"livelore-{__version__}.dist-info"}
    assert not [name for name in names if "node_modules" in name or name.endswith(".pyc")]


def test_it_names_its_dependencies(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        head = Parser().parsestr(
            archive.read(f"livelore-{__version__}.dist-info/METADATA").decode()
        )
    needed = {re.split(r"[^\w-]", line)[0] for line in head.get_all("Requires-Dist", [])}
    assert needed >= {"litestar", "uvicorn", "sqlalchemy", "argon2-cffi", "prometheus-client"}
    extras = {"scale", "warehouse", "spark", "deep", "transformers", "onnx", "vision", "nlp"}
    assert set(head.get_all("Provides-Extra", [])) == extras
    assert head["License-Expression"] == "Apache-2.0"


def test_the_command_is_there_and_is_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    assert (
        done(str(installed / "bin" / "livelore"), "--version", cwd=tmp_path) == f"{__version__}\n"
    )
    python = str(installed / "bin" / "python")
    where = done(python, "-c", "import livelore; print(livelore.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(installed)


def test_the_demo_runs_from_a_foreign_folder_with_its_pages(
    installed: Path, tmp_path: Path
) -> None:
    command = (str(installed / "bin" / "livelore"),)
    demo = DemoSite(tmp_path, "--viewers", "0", livelore=command).wait_ready()
    try:
        page = httpx.get(demo.url)
        assert page.status_code == 200
        links = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        assert any(link.endswith(".js") for link in links)
        assert any(link.endswith(".css") for link in links)
        for link in links:
            asset = httpx.get(f"{demo.url}{link}", headers={"Accept-Encoding": "identity"})
            assert asset.status_code == 200, link
            assert asset.content, link
        assert httpx.get(f"{demo.url}/assets/nothing.js").status_code == 404
        demo.until(lambda: demo.get("/rooms?live=true")["items"], bool)
    finally:
        assert demo.end() == 0
    assert demo.stderr() == ""
    looked = demo.command("doctor", "--money", "--data-dir", str(demo.data_dir))
    assert looked.stdout.endswith("All is well.\n"), looked.stdout


def test_a_base_install_stays_small() -> None:
    """A school's own machine has 20 GB: what a site needs not has to be an extra."""
    sizes: dict[str, int] = {}
    for line in (ROOT / "requirements" / "base.txt").read_text().splitlines():
        found = re.match(r"([a-z0-9._-]+)==", line)
        if not found or found[1] in sizes:
            continue
        try:
            files = distribution(found[1]).files or []
        except PackageNotFoundError:  # for another platform
            continue
        paths = [Path(str(each.locate())) for each in files]
        sizes[found[1]] = sum(path.stat().st_size for path in paths if path.is_file())
    assert len(sizes) > 40
    largest = sorted(sizes, key=lambda name: -sizes[name])[:8]
    assert sum(sizes.values()) < BASE_BYTES_MAX, {name: sizes[name] for name in largest}
