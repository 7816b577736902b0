"""Every setting of the platform: one class, one sentence each.

Read from ``LIVELORE_<NAME>`` in the environment, then ``config.toml`` in the data folder; the
command line wins over both. The reference page and the example file are generated from here.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from livelore.kit.errors import AppError

PREFIX = "LIVELORE_"


class SettingInvalid(AppError):
    """A setting has a value that it cannot have."""

    code = "settings.invalid"


def _setting(default: Any, doc: str, unit: str = "") -> Any:  # Any: the field's own type
    return field(default=default, metadata={"doc": doc, "unit": unit})


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the site may decide."""

    data_dir: Path = _setting(Path("data"), "Folder of everything that is kept.")
    host: str = _setting("127.0.0.1", "Address on which pages and API are served.")
    port: int = _setting(8080, "Port of pages and API.")
    rtmp_host: str = _setting("0.0.0.0", "Address on which encoders may publish.")  # noqa: S104
    rtmp_port: int = _setting(1935, "Port of RTMP ingest.")
    public_url: str = _setting("", "Address under which people reach the site, if behind a proxy.")
    database_url: str = _setting(
        "", "sqlite:///FILE or postgresql://…; empty: a file in the data folder."
    )
    bus_url: str = _setting(
        "memory://",
        "Events between processes: memory:// or nats://HOST[/SITE], SITE if several share it.",
    )
    log_level: str = _setting("info", "debug, info, warning or error.")
    site_name: str = _setting("知播 Livelore", "Name of the site in titles and receipts.")
    time_zone: str = _setting("Asia/Shanghai", "Zone of days and months in limits and statements.")
    is_production: bool = _setting(False, "Whether real people pay here: refuses the sandbox.")

    currency: str = _setting("CNY", "Currency of prices (ISO 4217).")
    platform_percent: int = _setting(15, "The site's share of tickets, courses and gifts.", "%")
    hold_days: int = _setting(7, "Days before a share may be settled (M3).", "days")
    tip_cap_minor: int = _setting(50_000, "Most that one gift may cost (M2).", "fen")
    day_cap_minor: int = _setting(200_000, "Most that a user may send in a day (M2).", "fen")
    month_cap_minor: int = _setting(1_000_000, "Most that a user may send in a month (M2).", "fen")
    wallet_coins_max: int = _setting(50_000, "Most coins that a wallet may hold.", "coins")
    order_life_s: int = _setting(900, "How long a placed order keeps its seat.", "s")
    sandbox_delay_ms: int = _setting(300, "How long the sandbox gateway takes to answer.", "ms")

    sandbox_file: str = _setting(
        "", "File of the sandbox gateway, one for all processes; empty: in the data folder."
    )

    preview_s: int = _setting(180, "Free preview of a paid class, per viewer and class.", "s")
    playback_token_s: int = _setting(60, "How long a playback address works for anybody.", "s")
    reconnect_s: int = _setting(60, "How long a dropped encoder may come back.", "s")
    takeover_s: int = _setting(5, "Silence after which another encoder may take a key.", "s")
    key_frame_wait_s: int = _setting(12, "Longest key-frame interval that is buffered.", "s")

    room_gap_ms: int = _setting(100, "Shortest time between two writes to one viewer.", "ms")
    slow_mode_s: int = _setting(0, "Default time between two danmaku of one viewer.", "s")
    danmaku_max: int = _setting(60, "Longest danmaku.", "characters")
    stalled_close_s: int = _setting(20, "A viewer who does not read is closed after this.", "s")

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
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    from_environ = {
        entry.name: environ[PREFIX + entry.name.upper()]
        for entry in documented()
        if PREFIX + entry.name.upper() in environ
    }
    data_dir = Path(str(given.get("data_dir") or from_environ.get("data_dir") or "data"))
    settings = _apply(Settings(), _from_file(data_dir / "config.toml"), "config.toml")
    settings = _apply(settings, from_environ, "the environment")
    return _apply(settings, given, "the command line")


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(where=str(path), detail=str(error)) from None


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
        if issubclass(wanted, Path):
            return Path(value)
        return int(value) if wanted is int else str(value)
    except (TypeError, ValueError):
        raise SettingInvalid(
            setting=name, where=where, detail=f"{value!r} is not of type {wanted.__name__}"
        ) from None


def _parse_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError(value) from None
