"""Notices of the sandbox: what one says, how it is signed, and how the signature is checked."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from livelore.ports.payments import Fact, FactType, NoticeForged, VerifiedNotice

NOTICE_AGE_S_MAX = 300


class NoticeBody(msgspec.Struct):
    """What a notice says."""

    id: str
    type: FactType
    payment_no: str
    gateway_id: str
    amount_minor: int | None
    currency: str | None
    at: datetime
    merchant: str
    refund_no: str | None = None

    def to_fact(self) -> Fact:
        """As the port takes it."""
        return Fact(
            self.type,
            self.payment_no,
            self.gateway_id,
            self.amount_minor,
            self.currency,
            self.at,
            self.merchant,
            self.refund_no,
        )


def signed(keys: Mapping[int, bytes], raw_body: bytes, at_ms: int) -> dict[str, str]:
    """Headers of a notice with this body, signed with the newest key."""
    key_id = max(keys)
    stamp = str(at_ms)
    value = _signature(keys[key_id], stamp, raw_body)
    return {
        "content-type": "application/json",
        "sandbox-signature": f"t={stamp},k={key_id},v1={value}",
    }


def verified(
    keys: Mapping[int, bytes], headers: Mapping[str, str], raw_body: bytes, at_ms: int
) -> VerifiedNotice:
    """What a notice says, once its signature has held over the raw bytes.

    Raises:
        NoticeForged: Signature, key or time is wrong, or the body cannot be read.
    """
    fields = dict(
        part.split("=", 1)
        for part in headers.get("sandbox-signature", "").split(",")
        if "=" in part
    )
    stamp, key_id = fields.get("t", ""), fields.get("k", "")
    if not (stamp.isdigit() and key_id.isdigit()):
        raise NoticeForged(reason="no_signature")
    key = keys.get(int(key_id))
    if key is None:
        raise NoticeForged(reason="unknown_key")
    if not hmac.compare_digest(_signature(key, stamp, raw_body), fields.get("v1", "")):
        raise NoticeForged(reason="wrong_signature")
    if abs(at_ms - int(stamp)) > NOTICE_AGE_S_MAX * 1000:
        raise NoticeForged(reason="too_old")
    try:
        body = msgspec.json.decode(raw_body, type=NoticeBody)
    except msgspec.DecodeError as error:
        raise NoticeForged(reason="unreadable") from error
    return VerifiedNotice(body.id, body.to_fact())


def _signature(key: bytes, stamp: str, raw_body: bytes) -> str:
    return hmac.new(key, stamp.encode() + b"." + raw_body, hashlib.sha256).hexdigest()
