"""Who gets the picture: addresses, previews, old addresses, revocation; and an attacker."""

import asyncio
import base64
import json
import random
from collections import Counter
from datetime import timedelta

import jwt
import pytest

from livelore.kit.errors import AppError
from livelore.knowledge.orders.service import RefundAsk
from livelore.live.rooms.errors import (
    NotOnAir,
    PlaybackTokenInvalid,
    PreviewOver,
    RoomNotFound,
    TicketRequired,
)
from livelore.live.rooms.model import PREVIEWS_PER_ADDRESS
from livelore.live.rooms.service import PlaybackUrls
from livelore.live.rooms.service.playback import PLAYBACK_COOKIE
from livelore.live.streams.errors import PlaybackOver, StreamNotLive
from livelore.web.caller import ANONYMOUS, Caller
from livelore.web.middleware import SESSION_COOKIE
from tests.rooms.conftest import SECRET, School, caller_of, token_of


async def full_urls(school: School, caller: Caller) -> PlaybackUrls:
    return await school.playback.urls(caller, school.room.id)


async def test_a_ticket_opens_the_class_and_nothing_else_does(school: School) -> None:
    await school.go_live()
    for caller in (ANONYMOUS, school.viewer):
        with pytest.raises(TicketRequired) as refused:
            await full_urls(school, caller)
        assert refused.value.code == "access.ticket_required"
        assert refused.value.fields["product_id"] == school.ticket.id
    await school.buy_ticket()
    urls = await full_urls(school, school.viewer)
    grant = await school.watch(token_of(urls.flv))
    assert grant.user_id == school.shop.viewer.id
    assert token_of(urls.flv) == token_of(urls.hls)
    assert urls.expires_at - school.clock.now() <= timedelta(seconds=60)
    for caller in (school.host, await school.someone("op", "operator")):
        await full_urls(school, caller)


async def test_there_is_nothing_to_watch_before_and_after_the_class(school: School) -> None:
    await school.buy_ticket()
    with pytest.raises(NotOnAir):
        await full_urls(school, school.viewer)
    await school.go_live()
    await full_urls(school, school.viewer)
    await school.rooms.end_session(school.host, school.room.id)
    with pytest.raises(NotOnAir):
        await full_urls(school, school.viewer)
    with pytest.raises(NotOnAir):
        await school.preview()
    with pytest.raises(RoomNotFound):
        await school.playback.urls(school.viewer, "no-such-room")


async def test_a_leaked_address_is_dead_after_a_minute(school: School) -> None:
    await school.go_live()
    await school.buy_ticket()
    token = token_of((await full_urls(school, school.viewer)).flv)
    school.clock.advance(59.9)
    await school.watch(token)
    school.clock.advance(0.1)
    with pytest.raises(PlaybackTokenInvalid):
        await school.watch(token)


async def logged_in(school: School) -> tuple[Caller, str]:
    signed_in = await school.shop.identity.open_session(school.shop.viewer, "browser")
    user = school.shop.viewer
    return Caller(user.id, user.username, user.role, token=signed_in.token), signed_in.token


async def test_the_browser_it_was_given_to_goes_on_with_its_cookie(school: School) -> None:
    await school.go_live()
    await school.buy_ticket()
    caller, session_token = await logged_in(school)
    urls = await full_urls(school, caller)
    second_tab = await full_urls(school, caller)
    school.clock.advance(600)
    cookies = {PLAYBACK_COOKIE: second_tab.cookie, SESSION_COOKIE: session_token}
    grant = await school.watch(token_of(urls.hls), **cookies)
    assert grant.issued_at == school.clock.now()
    stranger = await school.user("xu")
    other = await school.shop.identity.open_session(stranger, "browser")
    for wrong in (
        {PLAYBACK_COOKIE: urls.cookie},
        {SESSION_COOKIE: session_token},
        {PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: other.token},
        {PLAYBACK_COOKIE: token_of(urls.hls), SESSION_COOKIE: session_token},
    ):
        with pytest.raises(PlaybackTokenInvalid):
            await school.watch(token_of(urls.hls), **wrong)
    school.clock.advance(6 * 3600)
    with pytest.raises(PlaybackTokenInvalid):
        await school.watch(token_of(urls.hls), **cookies)


async def test_a_refund_ends_old_addresses_at_once_and_for_good(school: School) -> None:
    await school.go_live()
    order = await school.buy_ticket()
    caller, session_token = await logged_in(school)
    urls = await full_urls(school, caller)
    cookies = {PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: session_token}
    streams, token = school.live.streams, token_of(urls.hls)
    with pytest.raises(StreamNotLive):  # let in: there is no picture in this test
        await streams.playlist(school.room.id, token, cookies)
    await school.shop.orders.request_refund(
        school.shop.press(), RefundAsk(order.order.id, reason="changed my mind")
    )
    await school.relay.send_all()
    with pytest.raises(PlaybackOver):
        await streams.playlist(school.room.id, token, cookies)
    with pytest.raises(TicketRequired):
        await full_urls(school, caller)
    for seconds in (61, 600):
        school.clock.advance(seconds)
        with pytest.raises(PlaybackTokenInvalid):
            await streams.playlist(school.room.id, token, cookies)


async def test_log_out_ends_old_addresses_at_once(school: School) -> None:
    await school.go_live()
    await school.buy_ticket()
    caller, session_token = await logged_in(school)
    urls = await full_urls(school, caller)
    cookies = {PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: session_token}
    await school.shop.identity.log_out(session_token)
    with pytest.raises(PlaybackOver):
        await school.live.streams.playlist(school.room.id, token_of(urls.hls), cookies)
    school.clock.advance(61)
    with pytest.raises(PlaybackTokenInvalid):
        await school.watch(token_of(urls.hls), **cookies)


async def test_the_end_of_the_class_ends_old_addresses(school: School) -> None:
    await school.go_live()
    await school.buy_ticket()
    caller, session_token = await logged_in(school)
    urls = await full_urls(school, caller)
    cookies = {PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: session_token}
    school.clock.advance(61)
    await school.watch(token_of(urls.hls), **cookies)
    await school.rooms.end_session(school.host, school.room.id)
    await school.go_live()
    with pytest.raises(PlaybackTokenInvalid):
        await school.watch(token_of(urls.hls), **cookies)


async def test_a_preview_lasts_its_seconds_once_per_class(school: School) -> None:
    session = await school.go_live()
    token = await school.preview("browser-1")
    grant = await school.watch(token)
    assert grant.ends_at == school.clock.now() + timedelta(seconds=180)
    school.clock.advance(100)
    again = await school.watch(await school.preview("browser-1"))
    assert again.ends_at == grant.ends_at
    school.clock.advance(80)
    with pytest.raises(PreviewOver):
        await school.preview("browser-1")
    assert grant.is_over(school.clock.now())
    with pytest.raises(PreviewOver):
        await school.watch(token)
    await school.preview("browser-2")
    assert await school.shop.count("preview", f"live_session_id = '{session.id}'") == 2


async def test_the_socket_of_a_preview_ends_with_it(school: School) -> None:
    await school.go_live()
    await school.preview("browser-1", school.viewer)
    standing = await school.live.chat.standing_of(school.viewer, school.room.id)
    assert (standing.may_speak, standing.ends_at) == (
        False,
        school.clock.now() + timedelta(seconds=180),
    )
    school.clock.advance(180)
    with pytest.raises(TicketRequired):
        await school.live.chat.standing_of(school.viewer, school.room.id)
    await school.buy_ticket()
    assert (await school.live.chat.standing_of(school.viewer, school.room.id)).ends_at is None


async def test_a_user_has_one_preview_on_all_devices(school: School) -> None:
    await school.go_live()
    await school.preview("browser-1", school.viewer)
    school.clock.advance(180)
    with pytest.raises(PreviewOver):
        await school.preview("browser-2", school.viewer)


async def test_one_address_without_log_in_has_eight_previews(school: School) -> None:
    await school.go_live()
    there = Caller(address="203.0.113.5")
    for number in range(PREVIEWS_PER_ADDRESS):
        await school.preview(f"browser-{number}", there)
    with pytest.raises(PreviewOver):
        await school.preview("one-more", there)
    await school.preview("neighbour", Caller(address="203.0.113.6"))
    await school.preview("browser-0", there)


async def test_presses_at_once_begin_one_preview(school: School) -> None:
    session = await school.go_live()
    await asyncio.gather(*(school.preview("browser-1") for _ in range(8)))
    assert await school.shop.count("preview", f"live_session_id = '{session.id}'") == 1


def forged(school: School, good: str, chance: random.Random) -> str:
    """A token as an attacker would make it."""
    claims = jwt.decode(good, options={"verify_signature": False})
    claims["end"] = claims["until"] = claims["until"] + 10**9
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    longer = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    place = chance.randrange(len(good))
    makers = (
        lambda: jwt.encode(claims, chance.randbytes(32), algorithm="HS256"),
        lambda: f"{none}.{longer}.",
        lambda: f"{head}.{longer}.{signature}",
        lambda: f"{head}.{body}.",
        lambda: good[:place] + chance.choice("ab") + "~" + good[place + 1 :],
        lambda: chance.randbytes(60).hex(),
        lambda: "",
        lambda: good[::-1],
        lambda: jwt.encode({"room": school.room.id}, SECRET[::-1], algorithm="HS256"),
    )
    return chance.choice(makers)()


async def attempt(school: School, number: int, attacker: Caller, token: str, cookie: str) -> str:
    """One request of an attacker: the code of its refusal, or that it was let in."""
    streams, room_id = school.live.streams, school.room.id
    cookies = {PLAYBACK_COOKIE: cookie}
    ways = (
        lambda: streams.watch_flv(room_id, token, cookies),
        lambda: streams.playlist(room_id, token, cookies),
        lambda: streams.media_file(room_id, f"seg{number}.m4s", token, cookies),
        lambda: school.playback.urls(attacker, room_id),
        lambda: school.preview("spent", attacker),
    )
    try:
        await ways[number % len(ways)]()
    except StreamNotLive:
        return "let in"  # past the check: with a picture there would be one
    except AppError as refusal:
        return refusal.code
    return "let in"


async def test_an_attacker_without_a_ticket_gets_nothing_in_1000_requests(school: School) -> None:
    await school.go_live()
    other_host = await school.user("zhou", "host")
    other_room = await school.rooms.add_room(other_host.id, "Free room")
    await school.rooms.session_started(other_room.id)
    attacker = await school.someone("mallory")
    urls = await school.playback.urls(attacker, other_room.id)
    await school.playback.check(token_of(urls.flv), other_room.id, {})
    expired = await school.preview("spent", attacker)
    school.clock.advance(181)
    fresh = token_of((await school.playback.urls(attacker, other_room.id)).flv)
    chance = random.Random(7)
    answers: Counter[str] = Counter()
    for number in range(1000):
        token = (fresh, expired, urls.cookie, "")[number % 4]
        if number % 2:
            token = forged(school, fresh, chance)
        cookie = chance.choice((urls.cookie, fresh, "x"))
        answers[await attempt(school, number, attacker, token, cookie)] += 1
    assert answers == {
        "access.playback_token_invalid": 600,
        "access.ticket_required": 200,
        "access.preview_over": 200,
    }
    await school.buy_ticket()
    good = token_of((await full_urls(school, school.viewer)).flv)
    assert await attempt(school, 0, school.viewer, good, "") == "let in"


async def test_another_users_cookie_and_address_do_not_mix(school: School) -> None:
    await school.go_live()
    await school.buy_ticket()
    caller, session_token = await logged_in(school)
    urls = await full_urls(school, caller)
    school.clock.advance(61)
    thief = await school.shop.identity.open_session(await school.user("xu"), "browser")
    cookies = {PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: thief.token}
    with pytest.raises(PlaybackTokenInvalid):
        await school.watch(token_of(urls.hls), **cookies)
    await school.watch(
        token_of(urls.hls), **{PLAYBACK_COOKIE: urls.cookie, SESSION_COOKIE: session_token}
    )


async def test_a_moderator_may_watch_the_class_they_look_after(school: School) -> None:
    moderator = await school.user("mod")
    await school.go_live()
    with pytest.raises(TicketRequired):
        await full_urls(school, caller_of(moderator))
    await school.rooms.set_moderator(
        school.shop.host.id, school.room.id, moderator.id, is_appointed=True
    )
    await full_urls(school, caller_of(moderator))
