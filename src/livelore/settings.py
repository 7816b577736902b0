"""Every setting of the platform: one class, one sentence each.

Read from ``LIVELORE_<NAME>`` in the environment, then ``config.toml`` in the data folder; the
command line wins over both. The reference page and the example file are generated from here.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from livelore.kit.errors import AppError

PREFIX = "LIVELORE_"


class SettingInvalid(AppError):
    """A setting has a value that it cannot have."""

    code = "settings.invalid"


def _setting(
    default: Any, doc: str, unit: str = "", between: tuple[int, int] | None = None
) -> Any:  # Any: the field's own type
    return field(default=default, metadata={"doc": doc, "unit": unit, "between": between})


PORTS = (0, 65_535)
SECONDS = (0, 86_400)
MONEY = (0, 10**12)
SECRETS = frozenset({"metrics_token"})
"""Settings whose value is told to nobody."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the site may decide."""

    data_dir: Path = _setting(Path("data"), "Folder of everything that is kept.")
    host: str = _setting("127.0.0.1", "Address on which pages and API are served.")
    port: int = _setting(8080, "Port of pages and API.", between=(1, 65_535))
    rtmp_host: str = _setting("0.0.0.0", "Address on which encoders may publish.")  # noqa: S104
    rtmp_port: int = _setting(1935, "Port of RTMP ingest.", between=PORTS)
    public_url: str = _setting("", "Address under which people reach the site, if behind a proxy.")
    database_url: str = _setting(
        "", "sqlite:///FILE or postgresql://…; empty: a file in the data folder."
    )
    bus_url: str = _setting(
        "memory://",
        "Events between processes: memory:// or nats://HOST[/SITE], SITE if several share it.",
    )
    log_level: str = _setting("info", "debug, info, warning or error.")
    metrics_token: str = _setting(
        "",
        "Bearer token that opens /metrics from elsewhere; empty: this machine alone may read it.",
    )
    time_zone: str = _setting("Asia/Shanghai", "Zone of days and months in limits and statements.")
    is_production: bool = _setting(False, "Whether real people pay here: refuses the sandbox.")

    currency: str = _setting("CNY", "Currency of prices (ISO 4217).")
    platform_percent: int = _setting(
        15, "The site's share of tickets, courses and gifts.", "%", between=(0, 100)
    )
    hold_days: int = _setting(
        7, "Days before a share may be settled (M3).", "days", between=(0, 3650)
    )
    tip_cap_minor: int = _setting(50_000, "Most that one gift may cost (M2).", "fen", between=MONEY)
    day_cap_minor: int = _setting(
        200_000, "Most that a user may send in a day (M2).", "fen", between=MONEY
    )
    month_cap_minor: int = _setting(
        1_000_000, "Most that a user may send in a month (M2).", "fen", between=MONEY
    )
    wallet_coins_max: int = _setting(
        50_000, "Most coins that a wallet may hold.", "coins", between=MONEY
    )
    order_life_s: int = _setting(
        900, "How long a placed order keeps its seat.", "s", between=(30, 86_400)
    )
    sandbox_delay_ms: int = _setting(
        300, "How long the sandbox gateway takes to answer.", "ms", between=(0, 60_000)
    )
    sandbox_file: str = _setting(
        "", "File of the sandbox gateway, one for all processes; empty: in the data folder."
    )

    preview_s: int = _setting(
        180, "Free preview of a paid class, per viewer and class.", "s", between=SECONDS
    )
    playback_token_s: int = _setting(
        60, "How long a playback address works for anybody.", "s", between=(5, 3600)
    )
    reconnect_s: int = _setting(
        60, "How long a dropped encoder may come back.", "s", between=SECONDS
    )

    room_gap_ms: int = _setting(
        100, "Shortest time between two writes to one viewer.", "ms", between=(10, 10_000)
    )
    slow_mode_s: int = _setting(
        0, "Default time between two danmaku of one viewer.", "s", between=SECONDS
    )
    danmaku_max: int = _setting(60, "Longest danmaku.", "characters", between=(1, 500))
    stalled_close_s: int = _setting(
        20, "A viewer who does not read is closed after this.", "s", between=(1, 3600)
    )

    @property
    def effective_database_url(self) -> str:
        """`database_url`, or the file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'livelore.db'}"

    @property
    def effective_public_url(self) -> str:
        """`public_url`, or the address that this machine itself uses."""
        return self.public_url or f"http://{self.host}:{self.port}"


def documented() -> list[Field[Any]]:
    """Every setting with its metadata ``doc`` and ``unit``, in order."""
    return list(fields(Settings))


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each that was given where it came from."""

    settings: Settings
    sources: dict[str, str]


def load(
    flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Settings from flags, environment and ``config.toml``, in this order of strength.

    Args:
        flags: From the command line; None values count as not given.
        environ: Default: the process's own.

    Raises:
        SettingInvalid: Names the setting, where it came from and what it takes.
    """
    return load_with_sources(flags, environ).settings


def load_with_sources(
    flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """As `load`, with where each setting came from.

    Raises:
        SettingInvalid: Names the setting, where it came from and what it takes.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    from_environ = {
        entry.name: environ[PREFIX + entry.name.upper()]
        for entry in documented()
        if PREFIX + entry.name.upper() in environ
    }
    data_dir = Path(str(given.get("data_dir") or from_environ.get("data_dir") or "data"))
    file = data_dir / "config.toml"
    settings, sources = Settings(), dict[str, str]()
    for values, where in (
        (_from_file(file), str(file)),
        (from_environ, "the environment"),
        (given, "the command line"),
    ):
        settings = _apply(settings, values, where)
        sources |= dict.fromkeys(values, where)
    _check_all(settings, sources)
    return Loaded(settings, sources)


def unknown_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Variables that look like settings and are none: a typing error, most likely."""
    environ = os.environ if environ is None else environ
    known = {PREFIX + entry.name.upper() for entry in documented()}
    return sorted(
        name
        for name in environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_")
    )


def shown(name: str, value: object) -> str:
    """A setting's value as it may be shown: no secret, no password in an address."""
    if name in SECRETS:
        return "(set)" if value else ""
    return re.sub(r"//[^/@]*@", "//***@", str(value))


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(where=str(path), detail=str(error)) from None
    if "data_dir" in values:
        raise SettingInvalid(
            setting="data_dir", where=str(path), detail="the file lies in the folder that it names"
        )
    return values


def _apply(settings: Settings, given: Mapping[str, Any], where: str) -> Settings:
    known = {entry.name: entry for entry in documented()}
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise SettingInvalid(setting=name, where=where, detail="there is no such setting")
        changes[name] = _parse(name, value, type(getattr(settings, name)), where)
    return replace(settings, **changes)


def _parse(name: str, value: Any, wanted: type, where: str) -> Any:
    try:
        if wanted is bool:
            return _parse_bool(value)
        if wanted is int:
            return _parse_int(value)
        return _parse_text(value, wanted)
    except (TypeError, ValueError):
        raise SettingInvalid(
            setting=name,
            where=where,
            detail=f"{shown(name, value)!r} is not of type {wanted.__name__}",
        ) from None


def _parse_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError(value) from None


def _parse_int(value: object) -> int:
    if isinstance(value, str) or type(value) is int:
        return int(value)
    raise TypeError(value)


def _parse_text(value: object, wanted: type) -> Any:  # Any: str or Path, as `wanted` says
    if not isinstance(value, str | Path) or (issubclass(wanted, Path) and not str(value).strip()):
        raise TypeError(value)
    return wanted(value)


def _check_all(settings: Settings, sources: Mapping[str, str]) -> None:
    for entry in documented():
        value = getattr(settings, entry.name)
        if why := _wrong(entry, value):
            raise SettingInvalid(
                setting=entry.name,
                where=sources.get(entry.name, "the defaults"),
                detail=f"{shown(entry.name, value)!r}: {why}",
            )


def _wrong(entry: Field[Any], value: Any) -> str:
    """Why a setting cannot have this value; empty when it can."""
    between: tuple[int, int] | None = entry.metadata["between"]
    if between is not None and not between[0] <= value <= between[1]:
        return f"from {between[0]} to {between[1]} is possible"
    is_right, why = _RULES.get(entry.name, (lambda _: True, ""))
    return "" if is_right(value) else why


def _scheme(url: str) -> str:
    return url.split(":", 1)[0].split("+", 1)[0] if ":" in url else ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "log_level": (
        lambda level: level in {"debug", "info", "warning", "error"},
        "known are debug, info, warning and error",
    ),
    "database_url": (
        lambda url: not url or _scheme(url) in {"sqlite", "postgresql"},
        "sqlite:///FILE or postgresql://HOST/NAME is expected",
    ),
    "bus_url": (
        lambda url: _scheme(url) in {"memory", "nats"},
        "memory:// or nats://HOST is expected",
    ),
    "time_zone": (_is_zone, "there is no such time zone; one is Asia/Shanghai"),
    "public_url": (
        lambda url: not url or _is_web_address(url),
        "an address such as https://learn.example is expected",
    ),
    "currency": (
        lambda code: re.fullmatch(r"[A-Z]{3}", code) is not None,
        "a code of three capitals such as CNY is expected",
    ),
}
