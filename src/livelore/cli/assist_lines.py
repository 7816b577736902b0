"""`livelore assist lines`: what a host may say, in their tone and own words."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from livelore.cli.assist_told import AsJson, tell_json
from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.assist.lines.host import HostLines, Line

N_MAX = 100


@dataclass(frozen=True)
class Voice:
    """How lines are said."""

    language: Annotated[
        Literal["zh", "en"] | None, Parameter(help="Of the lines; else that of the values.")
    ] = None
    tone: Annotated[Literal["plain", "warm", "lively"], Parameter(help="Of the patterns.")] = (
        "plain"
    )
    own: Annotated[
        Path | None, Parameter(help='TOML of own patterns: opening = ["Hi, today {topic}!"].')
    ] = None
    seed: Annotated[int, Parameter(help="The same seed, the same lines.")] = 0


def lines(
    occasion: Annotated[
        Literal["opening", "bridge", "thanks", "question", "closing", "sale"],
        Parameter(help="When it is said."),
    ],
    *values: Annotated[str, Parameter(help="What is in it: topic=derivatives count=32.")],
    fact: Annotated[
        tuple[str, ...], Parameter(help='Of a sale, with its source: "12 lessons | plan.md".')
    ] = (),
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many.")] = 1,
    voice: Annotated[Voice | None, Parameter(name="*")] = None,
    as_json: AsJson = False,
) -> None:
    """Give lines for the host, made of patterns; no model is asked.

    A sale says only facts that come with their source, and none that advertising law forbids.

    Example: `livelore assist lines opening topic=derivatives count=32 -n 3`
    """
    if not 1 <= n <= N_MAX:
        raise InputWrong(f"-n: {n} is not from 1 to {N_MAX}")
    given = _given(occasion, values)
    host = _host(voice or Voice(), [*given.values(), *fact])
    said = [_said(host, occasion, given, fact) for _ in range(n)]
    if not as_json:
        print("\n".join(dict.fromkeys(each.text for each in said)))
        for source in dict.fromkeys(source for each in said for source in each.sources):
            print(f"Source: {source}")
        print(said[0].label.visible)
        return
    for each in said:
        told = {"line": each.text, "occasion": occasion, "sources": each.sources}
        tell_json(told, (), each.label, indent=None)


def _said(host: "HostLines", occasion: str, given: dict[str, str], facts: Sequence[str]) -> "Line":
    from livelore.intelligence.assist.lines.host import Fact

    if occasion != "sale":
        if facts:
            raise InputWrong(f"--fact: {occasion} is no sale")
        return host.say(occasion, **given)
    cut = [each.rpartition("|") for each in facts]
    known = [
        Fact((text or source).strip(), source.strip() if bar else "") for text, bar, source in cut
    ]
    seats = given.get("seats")
    if seats is not None and not seats.isdecimal():
        raise InputWrong(f"seats={seats} is no whole number")
    return host.sell(
        given.get("product", ""),
        given.get("price", ""),
        known,
        seats=None if seats is None else int(seats),
        until=given.get("until"),
    )


def _given(occasion: str, values: Sequence[str]) -> dict[str, str]:
    from livelore.intelligence.assist.lines.book import NEEDED, SLOTS

    known = SLOTS[occasion] - {"facts"}
    given: dict[str, str] = {}
    for each in values:
        name, sign, value = each.partition("=")
        if not sign or name not in known:
            names = ", ".join(sorted(known))
            raise InputWrong(f"{each}: {occasion} takes NAME=VALUE with {names}")
        given[name] = value
    if missing := sorted(NEEDED[occasion] - {"facts"} - {k for k, v in given.items() if v.strip()}):
        raise InputWrong(f"{occasion} needs {' and '.join(f'{each}=…' for each in missing)}")
    return given


def _host(voice: Voice, said: Sequence[str]) -> "HostLines":
    from livelore.intelligence.assist.answer import language_of
    from livelore.intelligence.assist.lines.host import HostLines

    language = voice.language or language_of(" ".join(said))
    return HostLines(language, voice.tone, _own(voice.own), voice.seed)


def _own(path: Path | None) -> dict[str, list[str]]:
    if path is None:
        return {}
    try:
        read: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputWrong(f"--own: {path} cannot be read as TOML: {error}") from error
    for occasion, patterns in read.items():
        if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
            raise InputWrong(f"--own: {occasion} in {path} is no list of texts")
    return read
