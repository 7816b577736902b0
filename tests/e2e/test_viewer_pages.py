"""What a viewer does besides watching: keys, search, styles, gifts taken back, lost networks."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.e2e.browsing import CHROMIUM, chromium, log_in_page, open_page
from tests.e2e.site import PaidClass, Person, Site, hold_class, publishing, sign_up
from tests.e2e.test_journey import top_up

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]
SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.shifted.push(entry.sources.map((s) => s.node?.className));
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
async def site(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Site]:
    path = tmp_path / "site.db"
    shutil.copyfile(sqlite_template, path)
    site = Site(tmp_path, f"sqlite:///{path}")
    await site.start()
    yield site
    await site.close()


async def entitled(paid: PaidClass, name: str) -> Person:
    """Somebody with a ticket, who may also send gifts."""
    person = await sign_up(paid.site, name)
    await paid.verify(person)
    await paid.order_ticket(person)
    return person


async def enter(browser: Browser, paid: PaidClass, name: str, *, is_phone: bool = False) -> Page:
    """The room, with its picture running."""
    page = await open_page(browser, is_phone=is_phone)
    await log_in_page(page, paid.site, name)
    await page.goto(f"{paid.site.url}/rooms/{paid.room_id}")
    await expect(page.locator(".player[data-phase=playing]")).to_be_visible()
    return page


async def box_of(locator: Locator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    box = await locator.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


async def overlap(one: Locator, other: Locator) -> bool:
    left, top, right, bottom = await box_of(one)
    left2, top2, right2, bottom2 = await box_of(other)
    return left < right2 and left2 < right and top < bottom2 and top2 < bottom


async def test_keys_act_on_the_room_and_never_in_a_field(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await enter(browser, paid, "qin")
        video = page.get_by_test_id("video")
        await expect(video).to_have_js_property("muted", value=True)
        await page.keyboard.press("m")
        await expect(video).to_have_js_property("muted", value=False)
        await page.keyboard.press("Space")
        await expect(video).to_have_js_property("paused", value=True)
        await page.keyboard.press("Space")
        await expect(video).to_have_js_property("paused", value=False)
        await page.keyboard.press("d")
        await expect(page.get_by_test_id("danmaku-switch")).to_have_attribute(
            "aria-pressed", "false"
        )
        await page.keyboard.press("c")
        await expect(page.locator("#say")).to_be_focused()
        await page.keyboard.type("mdf? /")
        await expect(page.locator("#say")).to_have_value("mdf? /")
        await expect(video).to_have_js_property("muted", value=False)
        await page.keyboard.press("Escape")
        await expect(page.locator("#say")).not_to_be_focused()
        await goes_back_and_returns(page)
        await keys_can_be_switched_off(page)


async def goes_back_and_returns(page: Page) -> None:
    """Six seconds of picture first, or there is nothing to go back to."""
    video = "document.querySelector('[data-testid=video]')"
    await page.wait_for_function(f"{video}.buffered.length && {video}.buffered.end(0) > 7")
    await page.keyboard.press("ArrowLeft")
    await expect(page.get_by_test_id("to-live")).to_contain_text("回到直播")
    behind = f"{video}.buffered.end({video}.buffered.length - 1) - {video}.currentTime"
    assert await page.evaluate(behind) > 4
    await page.keyboard.press("l")
    await page.wait_for_function(f"{behind} < 2")
    await expect(page.get_by_test_id("to-live")).not_to_contain_text("回到直播")


async def keys_can_be_switched_off(page: Page) -> None:
    video = page.get_by_test_id("video")
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="快捷键")
    await dialog.get_by_role("switch").click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("m")
    await page.keyboard.press("?")
    await expect(video).to_have_js_property("muted", value=False)
    await expect(dialog).to_have_count(0)


async def test_search_finds_by_keyboard_and_on_a_phone(site: Site) -> None:
    paid = await hold_class(site)
    async with chromium() as browser:
        page = await open_page(browser)
        await page.goto(f"{site.url}/timetable")
        await expect(page.get_by_role("combobox")).to_be_visible()
        await page.keyboard.press("/")
        await expect(page.locator("#q")).to_be_focused()
        await page.keyboard.type("定积分")
        option = page.get_by_role("option", name="第三讲 定积分")
        await expect(option).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await expect(option).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/rooms/{paid.room_id}")
        phone = await open_page(browser, is_phone=True)
        await phone.goto(site.url)
        await phone.get_by_test_id("search-open").click()
        await expect(phone.locator("#q-sheet")).to_be_focused()
        await phone.keyboard.type("微积分")
        await phone.get_by_role("option", name="微积分").last.click()
        await phone.wait_for_url(f"**/courses/{paid.course_id}")
        await expect(phone.get_by_test_id("search-sheet")).to_have_count(0)


async def test_a_reminder_shows_under_the_bell(site: Site) -> None:
    paid = await hold_class(site)
    async with chromium() as browser:
        page = await open_page(browser)
        await page.goto(f"{site.url}/rooms/{paid.room_id}")
        await page.goto(f"{site.url}/timetable")
        await page.get_by_role("button", name="提醒我").first.click()
        await page.get_by_test_id("bell").click()
        await expect(page.locator("#bell").get_by_role("link", name="第三讲")).to_be_visible()
        await page.reload()
        await page.get_by_test_id("bell").click()
        await page.locator("#bell").get_by_role("button", name="不再提醒").click()
        await expect(page.locator("#bell")).to_contain_text("还没有提醒")


async def test_a_chosen_style_reaches_the_others(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    await entitled(paid, "xu")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await enter(browser, paid, "qin")
        friend = await enter(browser, paid, "xu", is_phone=True)
        await page.get_by_test_id("style-open").click()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("style-open")).to_be_focused()
        await page.fill("#say", "顶部的一句")
        await page.press("#say", "Enter")
        for viewer, look in ((page, "own still"), (friend, "still")):
            shown = viewer.get_by_test_id("danmaku").get_by_text("顶部的一句")
            await expect(shown).to_have_class(look)
            await expect(shown).to_have_css("color", "rgb(255, 209, 102)")


async def test_danmaku_keep_off_what_is_marked_and_merge(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    await entitled(paid, "xu")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await enter(browser, paid, "qin")
        friend = await enter(browser, paid, "xu")
        await page.get_by_test_id("danmaku-panel").click()
        await page.get_by_role("button", name="标出位置").click()
        await expect(page.get_by_role("toolbar").get_by_role("button").first).to_be_focused()
        await page.keyboard.press("Space")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("switch").first).to_be_focused()
        await page.keyboard.press("Escape")
        for words in ("懂了", "懂了！"):
            await friend.fill("#say", words)
            await friend.press("#say", "Enter")
        shown = page.get_by_test_id("danmaku").locator("span")
        await expect(shown).to_have_text("懂了×2")
        _, top, _, bottom = await box_of(page.locator(".player"))
        _, y, _, _ = await box_of(shown)
        assert y >= top + (bottom - top) / 5
        await page.get_by_test_id("danmaku-panel").click()
        await expect(page.get_by_test_id("tally")).to_contain_text("合并 50%")


@pytest.mark.parametrize("is_phone", [False, True])
async def test_a_gift_can_be_taken_back_beside_its_bar(site: Site, *, is_phone: bool) -> None:
    paid = await hold_class(site)
    viewer = await entitled(paid, "qin")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await enter(browser, paid, "qin", is_phone=is_phone)
        await top_up(page, site)
        await page.goto(f"{site.url}/rooms/{paid.room_id}")
        if is_phone:
            await page.get_by_test_id("gifts-open").click()
        await page.get_by_test_id("gift-chalk").click()
        await page.get_by_test_id("gift-chalk").click()
        toast = page.get_by_test_id("toast")
        await expect(toast).to_contain_text("×2")
        await page.wait_for_timeout(300)
        assert not await overlap(toast, page.locator(".gifts"))
        assert is_phone or not await overlap(toast, page.locator(".compose"))
        await toast.get_by_role("button", name="撤回").click()
        await expect(toast).to_contain_text("没有扣币")
        await page.wait_for_timeout(5500)
    statement = await viewer.call("GET", "/wallet/statement")
    assert [row["title_code"] for row in statement["items"]] == ["wallet.topup"]


async def test_words_written_offline_go_out_once(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    await entitled(paid, "xu")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await enter(browser, paid, "qin")
        friend = await enter(browser, paid, "xu")
        await page.context.set_offline(offline=True)
        await expect(page.get_by_test_id("offline")).to_be_visible()
        await page.fill("#say", "离线时写的")
        await page.press("#say", "Enter")
        await expect(page.get_by_test_id("unsent")).to_contain_text("离线时写的")
        await page.fill("#say", "还没写完")
        await page.context.set_offline(offline=False)
        await expect(page.get_by_test_id("unsent")).to_have_count(0)
        await expect(page.get_by_test_id("offline")).to_have_count(0)
        for viewer in (page, friend):
            await expect(viewer.get_by_test_id("chat").get_by_text("离线时写的")).to_have_count(1)
        await page.reload()
        await expect(page.locator("#say")).to_have_value("还没写完")


async def test_the_last_timetable_shows_without_a_network(site: Site) -> None:
    await hold_class(site)
    async with chromium() as browser:
        page = await open_page(browser)
        await page.goto(site.url)
        await page.evaluate("navigator.serviceWorker.ready")
        await page.reload()
        await expect(page.get_by_role("link", name="第三讲").first).to_be_visible()
        await page.context.set_offline(offline=True)
        await page.reload()
        kept = page.get_by_test_id("kept")
        await expect(kept).to_contain_text("第三讲 定积分")
        await expect(kept).to_contain_text("你已离线")


async def test_a_lost_picture_says_so_and_the_end_is_told(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    async with chromium() as browser:
        async with publishing(site, paid.stream_key):
            await paid.wait_on_air()
            page = await enter(browser, paid, "qin")
        veil = page.get_by_test_id("veil")
        await expect(veil).to_have_attribute("data-cover", "lost")
        await page.fill("#say", "画面没了")
        await page.press("#say", "Enter")
        await expect(page.get_by_test_id("chat").get_by_text("画面没了")).to_have_count(1)
        async with publishing(site, paid.stream_key):
            await expect(veil).to_have_count(0)
            await paid.host.call("POST", f"/rooms/{paid.room_id}/end")
            await expect(page.get_by_test_id("ended")).to_be_visible()
            await expect(page.get_by_test_id("off-air")).to_contain_text("课已结束")


async def test_a_second_window_takes_the_picture(site: Site) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        first = await enter(browser, paid, "qin")
        second = await first.context.new_page()
        await second.goto(first.url)
        await expect(second.locator(".player[data-phase=playing]")).to_be_visible()
        await first.get_by_role("button", name="在这里继续").click()
        await expect(first.locator(".player[data-phase=playing]")).to_be_visible()
        await expect(second.get_by_test_id("veil")).to_have_attribute("data-cover", "elsewhere")


async def scenario(page: Page, name: str) -> None:
    """The sandbox's next payments go as `name` says; no parameter of the page does that."""

    async def choose(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        await route.continue_(post_data=json.dumps({**body, "scenario": name}))

    await page.unroute_all()
    await page.route("**/orders/*/pay", choose)


async def test_paying_in_place_through_every_state(site: Site) -> None:
    paid = await hold_class(site)
    viewer = await sign_up(site, "qin")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        page = await open_page(browser)
        await log_in_page(page, site, "qin")
        await page.goto(f"{site.url}/rooms/{paid.room_id}")
        pay = page.get_by_test_id("pay").locator("visible=true")
        rule = page.locator(".checkout-in input[type=checkbox] >> visible=true")
        await pay.click()
        await expect(rule).to_be_focused()
        await expect(page.locator(".checkout-in [role=alert]").last).to_contain_text("退票规则")
        await page.get_by_test_id("preview").click()
        await expect(page.get_by_test_id("thin-clock")).to_contain_text("试听还剩")
        await rule.check()
        await scenario(page, "abandon")
        await pay.click()
        await expect(pay).to_contain_text("正在等")
        await page.get_by_test_id("other-way").click()
        await scenario(page, "fail")
        await page.get_by_text("支付宝").click()
        await pay.click()
        await expect(page.locator(".checkout-in")).to_contain_text("没有扣款")
        await expect(pay).to_be_enabled()
        # The same order, paid on another device: the gate of this one opens by itself.
        [order] = (await viewer.call("GET", "/orders"))["items"]
        await viewer.call("POST", f"/orders/{order['id']}/pay", {"method": "card"})
        await expect(page.get_by_test_id("chat")).to_be_visible()
        await expect(page.get_by_test_id("toast")).to_contain_text("已在别处付款")


@pytest.mark.parametrize("is_phone", [False, True])
async def test_nothing_moves_while_pages_load(site: Site, *, is_phone: bool) -> None:
    paid = await hold_class(site)
    await entitled(paid, "qin")
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        stranger = await open_page(browser, is_phone=is_phone)
        member = await open_page(browser, is_phone=is_phone)
        await log_in_page(member, site, "qin")
        for page in (stranger, member):
            await page.context.add_init_script(SHIFTS)
            for path in ("/", f"/rooms/{paid.room_id}", f"/courses/{paid.course_id}", "/wallet"):
                await page.goto(f"{site.url}{path}")
                await expect(page.locator("main[aria-busy=true]")).to_have_count(0)
                await page.wait_for_timeout(800)
                assert (path, await page.evaluate("window.shifted")) == (path, [])
