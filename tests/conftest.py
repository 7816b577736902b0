"""Categories from paths, and the fixtures that every domain uses."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from livelore.adapters.bus_memory import MemoryBus
from livelore.app import Platform, build
from livelore.database.engine import Database
from livelore.database.migrate import migrate
from livelore.settings import Settings
from tests.fakes import FakeClock

POSTGRESQL_URL = os.environ.get(
    "LIVELORE_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
_CATEGORIES = {
    "test_model.py": "unit",
    "test_service.py": "service",
    "test_api.py": "api",
    "test_openapi.py": "api",
    "test_running.py": "e2e",
}
_FOLDERS = {
    "benchmarks": "e2e",
    "contracts": "contract",
    "e2e": "e2e",
    "kit": "unit",
    "media": "unit",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test gets its category from its path; nobody adds markers by hand."""
    root = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(root)
        name = _FOLDERS.get(path.parts[0]) or _CATEGORIES.get(path.name, "service")
        item.add_marker(getattr(pytest.mark, name))


def postgresql_is_reachable() -> bool:
    try:
        with psycopg.connect(POSTGRESQL_URL, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def create_database(name: str, template: str = "template1") -> None:
    order = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(order.format(sql.Identifier(name), sql.Identifier(template)))


def drop_database(name: str) -> None:
    order = sql.SQL("DROP DATABASE {} WITH (FORCE)")
    with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(order.format(sql.Identifier(name)))


_REACHABLE: dict[str, bool] = {}


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file: a copy costs less than the migrations."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """A migrated, empty PostgreSQL database to copy from."""
    if not _REACHABLE.setdefault("postgresql", postgresql_is_reachable()):
        pytest.skip("PostgreSQL is not reachable (set LIVELORE_TEST_POSTGRESQL)")
    name = f"livelore_template_{uuid.uuid4().hex[:12]}"
    create_database(name)
    try:
        migrate(POSTGRESQL_URL.rsplit("/", 1)[0] + f"/{name}")
        yield name
    finally:
        drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgresql_template")
    name = f"livelore_test_{uuid.uuid4().hex[:12]}"
    create_database(name, template)
    try:
        yield POSTGRESQL_URL.rsplit("/", 1)[0] + f"/{name}"
    finally:
        drop_database(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open database, migrated, gone after the test."""
    database = Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def platform(database_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """The whole platform in this process, started; encoders on a free port."""
    settings = Settings(
        data_dir=tmp_path / "site",
        database_url=database_url,
        rtmp_host="127.0.0.1",
        rtmp_port=0,
        sandbox_delay_ms=20,
    )
    platform = build(settings)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the API of `platform` in process."""
    transport = httpx.ASGITransport(app=platform.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client:
        yield client
