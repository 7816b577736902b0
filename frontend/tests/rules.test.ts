import { describe, expect, it } from "vitest";
import { COMBO_MS, UNDO_MS, pressed } from "../src/features/gifts/combo.rules";
import { current } from "../src/features/live/outline.rules";
import { adviceOf } from "../src/features/studio/advice.rules";
import { ceiling } from "../src/features/studio/curve.rules";
import en from "../src/i18n/en.json";
import zh from "../src/i18n/zh.json";
import type { Danmaku, Hello, RoomEvent, SuperChat } from "../src/realtime/events";
import { pauseMs } from "../src/realtime/retry.rules";
import { EMPTY, MESSAGES_MAX, after, fromHello, onTop, type RoomPicture } from "../src/realtime/room.rules";
import { count, duration, money, moneyParts, signed } from "../src/ui/format.rules";

const said = (seq: number, text = "懂了"): Danmaku => ({
  seq, ts: seq, type: "danmaku", text, second: null, mode: "scroll", color: null, client_id: null,
  user: { id: "u", name: "n", avatar: 0, role: null },
});
const hello = (seq: number, recent: readonly RoomEvent[], gap = false): Hello => ({
  seq, ts: 0, type: "hello", state: "on_air", live_session_id: "s", n_viewers: 3, recent, pinned: [], gap,
  you: { user_id: null, may_speak: false, muted_until: null },
});
const seqs = (picture: typeof EMPTY): number[] => picture.messages.map((message) => message.seq);

describe("money", () => {
  it("is grouped and has its cents", () => {
    expect(money({ amount_minor: 3190950, currency: "CNY" })).toBe("¥31,909.50");
    expect(money({ amount_minor: -5, currency: "CNY" })).toBe("−¥0.05");
    expect(money({ amount_minor: 500, currency: "JPY" })).toBe("¥500");
    expect(moneyParts({ amount_minor: 2900, currency: "CNY" })).toEqual(["29", ".00"]);
  });
  it("shows the sign of a change", () => {
    expect([signed(1000), signed(-840), signed(0), count(1284)]).toEqual(["+1,000", "−840", "0", "1,284"]);
  });
  it("counts time past the hour", () => expect([duration(2537), duration(3723), duration(-1)]).toEqual(["42:17", "1:02:03", "00:00"]));
});

describe("a room's picture", () => {
  it("doubles nothing that a resume repeats", () => {
    let picture = fromHello(hello(2, [said(1), said(2)]), EMPTY);
    for (const seq of [2, 3, 3, 1, 4]) picture = after(picture, said(seq));
    expect(seqs(picture)).toEqual([1, 2, 3, 4]);
  });
  it("keeps the past before a snapshot unless there is a gap", () => {
    const old = after(fromHello(hello(1, [said(1)]), EMPTY), said(2));
    expect(seqs(fromHello(hello(5, [said(4), said(5)]), old))).toEqual([1, 2, 4, 5]);
    expect(seqs(fromHello(hello(5, [said(4), said(5)], true), old))).toEqual([4, 5]);
  });
  it("takes deleted messages away and stays bounded", () => {
    let picture = EMPTY;
    for (let seq = 1; seq <= MESSAGES_MAX + 20; seq += 1) picture = after(picture, said(seq));
    expect(picture.messages.length).toBe(MESSAGES_MAX);
    const last = picture.lastSeq;
    picture = after(picture, { seq: last + 1, ts: 0, type: "deleted", target_seq: last });
    expect(seqs(picture)).not.toContain(last);
  });
  it("has on top what ends last, then what came first, as the server's snapshot has", () => {
    const paid = (seq: number, until: number): SuperChat => ({ seq, ts: 0, type: "super_chat", gift_id: `g${seq}`, user: null, text: "", coins: null, pin_s: 30, pinned_until: until });
    const picture = [paid(1, 900), paid(2, 50), paid(3, 900), paid(4, 300)].reduce<RoomPicture>(after, EMPTY);
    expect(onTop(picture.pinned, 50).map((each) => each.seq)).toEqual([4, 3, 1]);
  });
  it("shows a combo as one line", () => {
    const gift = (seq: number, n: number): RoomEvent => ({ seq, ts: 0, type: "gift", gift_id: `g${seq}`, user: null, gift_kind_id: "tea", count: 1, combo_id: "c", combo_count: n });
    const picture = [1, 2, 3].reduce((all, n) => after(all, gift(n, n)), EMPTY);
    expect(picture.messages).toHaveLength(1);
    expect(picture.messages[0]).toMatchObject({ combo_count: 3 });
  });
  it("knows when the picture is lost and back", () => {
    const lost = after(EMPTY, { seq: 1, ts: 77, type: "notice", code: "stream.lost", fields: {} });
    expect(lost.lostAt).toBe(77);
    expect(after(lost, { seq: 2, ts: 80, type: "notice", code: "stream.back", fields: {} }).lostAt).toBeNull();
  });
});

describe("gifts", () => {
  it("count presses within four seconds and begin anew after", () => {
    let id = 0;
    const fresh = (): string => `c${(id += 1)}`;
    const one = pressed(null, "tea", 0, fresh);
    const two = pressed(one, "tea", COMBO_MS - 1, fresh);
    expect([two.count, two.comboId]).toEqual([2, "c1"]);
    expect(pressed(two, "tea", 3 * COMBO_MS, fresh)).toMatchObject({ count: 1, comboId: "c2" });
    expect(pressed(two, "pen", COMBO_MS, fresh)).toMatchObject({ count: 1, giftKindId: "pen" });
    expect(UNDO_MS).toBeGreaterThan(COMBO_MS);
  });
});

describe("the rest", () => {
  it("waits longer each time, at most 15 s", () => {
    expect(pauseMs(1, 0)).toBe(250);
    expect(pauseMs(20, 1)).toBe(15000);
  });
  it("finds the point being taught", () => {
    const outline = [{ at_s: 0, title: "a" }, { at_s: 60, title: "b" }];
    expect([current(outline, -1), current(outline, 59), current(outline, 60)]).toEqual([-1, 0, 1]);
  });
  it("scales a curve to a round figure", () => expect([ceiling(0), ceiling(7), ceiling(26), ceiling(130)]).toEqual([4, 10, 40, 200]));
  it("says that all is well only with figures", () => expect(adviceOf(null, null).code).toBe("starting"));
  it("has the same words and values in both languages", () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    const values = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
    const table: Record<string, string> = en;
    for (const [key, text] of Object.entries(zh)) expect([key, values(table[key] ?? "")]).toEqual([key, values(text)]);
  });
});
