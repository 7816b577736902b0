"""Acts for tests, in as few words as they need."""

from itertools import count
from typing import Any

from livelore.knowledge.ledger.model import (
    Act,
    ActResult,
    Event,
    Gift,
    Spend,
    capture_key,
    gift,
    topup,
    user_key,
)
from livelore.knowledge.ledger.service import LedgerService

_numbers = count(1)
SHARES = (85, 15)


def topup_act(
    party: int, coins: int, price_minor: int | None = None, ref: str | None = None
) -> Act:
    ref = ref or f"ref-{next(_numbers)}"
    return Act(
        key=capture_key("sandbox", ref),
        fingerprint="capture",
        kind="topup",
        transfers=topup(
            party, coins, coins * 10 if price_minor is None else price_minor, "sandbox"
        ),
        events=(Event("CoinsBought", b"{}"),),
        fields={"coins": coins},
    )


def gift_act(
    ledger: LedgerService,
    payer: int,
    host: int,
    coins: int,
    key: str | None = None,
    **more: Any,
) -> Act:
    kind = more.pop("kind", "gift")
    confirmation = more.pop("confirmation", None)
    given = Gift(payer, host, coins, SHARES, ledger.release_on(), act=kind)
    return Act(
        key=user_key(payer, key or f"press-{next(_numbers)}"),
        fingerprint=more.pop("fingerprint", f"gift:{host}:{coins}"),
        kind=kind,
        transfers=gift(given),
        events=(Event("GiftSent", b'{"coins":%d}' % coins),),
        maker=f"party:{payer}",
        spend=Spend(payer, "CNY", given.value_minor, confirmation),
        **more,
    )


async def viewer_with(ledger: LedgerService, coins: int, name: str = "viewer") -> int:
    party = await ledger.party_of(name)
    if coins:
        await ledger.post(topup_act(party, coins))
    return party


async def send(ledger: LedgerService, payer: int, host: int, coins: int, **more: Any) -> ActResult:
    return await ledger.post(gift_act(ledger, payer, host, coins, **more))
