"""Bytes as text: UTF-8, UTF-16, GBK; by marks first, then by what the bytes allow."""

import re

from livelore.intelligence.assist.errors import MaterialUnreadable

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HAN_COMMON = re.compile(r"[\u4e00-\u9fa5\u3000-\u303f\uff00-\uffef“”‘’…—]")
_PROBE = 1 << 20
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding.

    Raises:
        MaterialUnreadable: It is no text, or in an encoding that is not known.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _checked(content, name)
    for name in _guesses(content[:_PROBE]):
        try:
            return _checked(content, name)
        except MaterialUnreadable:
            continue
    raise MaterialUnreadable(what="it is no text in UTF-8, GBK or UTF-16", mend="save it as UTF-8")


def _checked(content: bytes, name: str) -> tuple[str, str]:
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        what = f"it is not what it seems ({name}): byte {error.start} is broken"
        raise MaterialUnreadable(what=what, mend="save it as UTF-8") from error
    if len(_CONTROLS.findall(text[:_PROBE])) > len(text[:_PROBE]) / 100:
        raise MaterialUnreadable(what="it is no text", mend="a text file is needed")
    return text.replace("\r\n", "\n").replace("\r", "\n"), name


def _guesses(start: bytes) -> list[str]:
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) * 10 > len(start):  # Latin text in UTF-16 has every other byte 0
        return ["utf-16-le" if odd >= even else "utf-16-be"]
    found = ["utf-8"]
    chinese = start.decode("gb18030", "ignore")
    high = [each for each in chinese if each > "\x7f"]
    if high and sum(bool(_HAN_COMMON.match(each)) for each in high) >= 0.9 * len(high):
        found.append("gb18030")
    if len(start) % 2 == 0 or len(start) == _PROBE:
        for name in ("utf-16-le", "utf-16-be"):
            wide = start.decode(name, "ignore")
            if wide and sum(bool(_HAN_COMMON.match(each)) for each in wide) > 0.7 * len(wide):
                found.append(name)
    return [*found, "cp1252"] if _is_western(start) else found


def _is_western(start: bytes) -> bool:
    """Accented letters stand between plain ones and are few."""
    high = sum(byte > 0x7F for byte in start)
    return b"\0" not in start and 0 < high * 5 < len(start)
