"""Facts of access, for the outbox."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntitlementGranted:
    """Somebody may see a product from now on."""

    user_id: str | None
    product_id: str
    kind: str
    course_id: str | None
    lesson_id: str | None
    room_id: str | None
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class EntitlementRevoked:
    """Somebody may no longer see a product: open streams of it must end."""

    user_id: str | None
    product_id: str
    kind: str
    course_id: str | None
    lesson_id: str | None
    room_id: str | None
