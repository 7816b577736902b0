"""Wire shapes of access."""

from datetime import datetime

from msgspec import Struct

from livelore.knowledge.access.model import Held


class EntitlementOut(Struct, rename={"from_": "from"}):
    """One thing that somebody may see, or could."""

    product_id: str
    kind: str
    title: str
    title_en: str
    course_id: str | None
    lesson_id: str | None
    room_id: str | None
    source: str
    from_: datetime
    until: datetime | None
    cover: str
    state: str

    @classmethod
    def of(cls, held: Held) -> "EntitlementOut":
        """From the model."""
        product = held.product
        return cls(
            product_id=product.id,
            kind=product.kind,
            title=product.title,
            title_en=product.title_en,
            course_id=product.course_id,
            lesson_id=product.lesson_id,
            room_id=product.room_id,
            source=f"T-{held.entitlement.source}",
            from_=held.entitlement.starts_at,
            until=held.until,
            cover=product.cover,
            state=held.state,
        )
