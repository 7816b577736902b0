"""What a moderator says of a message."""

from dataclasses import dataclass

OFFENCE, REPEAT, FLOOD = "offence", "repeat", "flood"
ADVERTISING, CONTACT = "advertising", "contact"
KINDS = (OFFENCE, REPEAT, FLOOD, ADVERTISING, CONTACT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason to mind one message.

    Attributes:
        message: Its number, counted over all that this moderator has seen.
        kind: One of `KINDS`.
        begin, end: Characters of the message as it was written.
        rule: What found it: ``phone``, ``e-mail``, ``link``, ``messenger id``, ``offence model``…
        confidence: From 0 to 1.
        with_messages: Earlier messages of the same person that belong to it, for what was split.
    """

    message: int
    kind: str
    begin: int
    end: int
    rule: str
    confidence: float
    with_messages: tuple[int, ...] = ()
