"""Is it text, is it UTF-8; and opening what may be compressed."""

import gzip
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from livelore.intelligence.tables.errors import TableUnreadable

BOM = b"\xef\xbb\xbf"
_PROBE_BYTES = 1 << 20
_SHARE = 10
_MAGIC = {
    b"PK\x03\x04": ("it is an Excel workbook or a zip file", "save the sheet as CSV (UTF-8)"),
    b"PAR1": ("it is a Parquet file", "name it .parquet"),
    b"\x1f\x8b": ("it is compressed", "add .gz to its name"),
    b"\xff\xfe": ("it is in UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("it is in UTF-16", "save it as UTF-8"),
    b"%PDF": ("it is a PDF", "a table is needed"),
}


@contextmanager
def opened(path: Path) -> Generator[Any]:  # Any: a file of bytes that can be peeked into
    """A file of bytes, decompressed if it ends in ``.gz``, its BOM passed over.

    Raises:
        TableUnreadable: It is absent, broken, or no text in UTF-8.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            buffered: Any = stream
            _refuse_other_files(path, _probed(path, buffered))
            yield stream
    except FileNotFoundError:
        raise TableUnreadable(
            file=str(path), what="there is no such file", mend="check the path"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        what = f"it cannot be read: {error}"
        mend = "check the path and who may read it; fetch a broken file again"
        raise TableUnreadable(file=str(path), what=what, mend=mend) from error


def _probed(path: Path, stream: BinaryIO) -> bytes:
    del path
    start = stream.read(_PROBE_BYTES)
    stream.seek(len(BOM) if start.startswith(BOM) else 0)
    return start


def _refuse_other_files(path: Path, start: bytes) -> None:
    for magic, (what, mend) in _MAGIC.items():
        if start.startswith(magic):
            raise TableUnreadable(file=str(path), what=what, mend=mend)
    if b"\0" in start:
        raise TableUnreadable(file=str(path), what="it is no text", mend="a text file is needed")
    if not _is_mostly_utf8(start):
        guess = next((name for name in ("gb18030", "latin-1") if _decodes(start, name)), "latin-1")
        raise TableUnreadable(
            file=str(path),
            what=f"it is not in UTF-8, perhaps in {guess}",
            mend=f"iconv -f {guess} -t UTF-8 {path.name}",
        )


def _decodes(start: bytes, name: str) -> bool:
    try:
        start[: start.rfind(b"\n") + 1 or None].decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(start: bytes) -> bool:
    """A broken line is a reject of its own; a file of them is in another encoding."""
    lines = start[: start.rfind(b"\n") + 1 or None].splitlines()
    if lines and not _decodes(lines[0], "utf-8"):
        return False
    special = [line for line in lines if not line.isascii()]
    n_bad = sum(not _decodes(line, "utf-8") for line in special)
    return n_bad * 2 <= len(special) or n_bad * _SHARE <= len(lines)
