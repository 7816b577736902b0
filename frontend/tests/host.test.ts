import { describe, expect, it } from "vitest";
import type { ClassTerms, HostClass } from "../src/api/host";
import type { Overview } from "../src/api/operator";
import { Problem } from "../src/api/client";
import { troubles } from "../src/features/operator/trouble.rules";
import { checksOf } from "../src/features/studio/checks.rules";
import { bodyOf, draftOf, emptyDraft, fenOf, hostPart, placeOf, problemsOf, yuan } from "../src/features/studio/draft.rules";
import { refusedField } from "../src/features/studio/refusal.rules";
import { instantOf, wallOf, wallWords } from "../src/features/studio/zone.rules";

const TERMS: ClassTerms = {
  time_zone: "Asia/Shanghai", earliest_at: "2026-11-23T12:05:00Z", preview_s: 180, platform_percent: 15, currency: "CNY",
  hours_max: 12, replay_days_max: 3650, refund_rules: [{ id: "ticket-10min", watch_limit_s: 600, window_days: null }],
};
const good = { ...emptyDraft(TERMS), title: "链式法则", price: "29" };

describe("the site's clock", () => {
  it("shows and takes times of its own zone, whatever the machine's", () => {
    expect(wallOf("2026-11-23T12:00:00Z", "Asia/Shanghai")).toEqual({ date: "2026-11-23", time: "20:00" });
    expect(instantOf({ date: "2026-11-23", time: "20:00" }, "Asia/Shanghai")).toBe("2026-11-23T12:00:00.000Z");
    expect(wallWords("2026-11-23T17:30:00Z", "Asia/Shanghai")).toBe("11-24 01:30");
  });
  it("keeps to summer time on both sides of its change", () => {
    for (const iso of ["2026-03-28T12:00:00.000Z", "2026-03-29T12:00:00.000Z", "2026-10-25T12:00:00.000Z"]) {
      expect(instantOf(wallOf(iso, "Europe/Berlin"), "Europe/Berlin")).toBe(iso);
    }
  });
  it("says nothing of what is no time", () => expect(instantOf({ date: "", time: "20:00" }, "Asia/Shanghai")).toBeNull());
});

describe("a price", () => {
  it("is read to the fen or not at all", () => {
    expect(["29", "29.9", "29.00", " 0.01 ", "29.", "1e3", "-1", "29.001", ""].map(fenOf)).toEqual([2900, 2990, 2900, 1, null, null, null, null, null]);
    expect([yuan(2900), yuan(5)]).toEqual(["29.00", "0.05"]);
  });
  it("is split as the server splits it", () => {
    expect([hostPart(2900, 15), hostPart(1, 15), hostPart(990, 15), hostPart(1, 50)]).toEqual([2465, 1, 842, 1]);
  });
});

describe("a class that is written down", () => {
  it("has no problem when it is whole", () => expect(problemsOf(good, TERMS)).toEqual({}));
  it("names each field that will not do, and the earliest time", () => {
    const wrong = problemsOf({ ...good, title: " ", date: "2026-11-23", time: "20:00", minutes: "4", price: "0", seats: "x", preview: "9999", replay: "-1" }, TERMS);
    expect(Object.keys(wrong).sort()).toEqual(["date", "minutes", "preview", "price", "replay", "seats", "title"]);
    expect(wrong.date?.values).toEqual({ time: "2026-11-23 20:05" });
  });
  it("may keep a time that has come near, and not go below what is sold", () => {
    const late = { ...good, date: "2026-11-23", time: "20:00" };
    expect(problemsOf(late, TERMS, late)).toEqual({});
    expect(bodyOf(late, TERMS, late)).not.toHaveProperty("starts_at");
    expect(bodyOf({ ...late, minutes: "90" }, TERMS, late)).toHaveProperty("ends_at");
    expect(problemsOf({ ...good, seats: "3" }, TERMS, null, 4).seats?.values).toEqual({ least: 4, most: 1_000_000 });
  });
  it("sends no price when it is free, and fen when it is not", () => {
    expect(bodyOf({ ...good, sale: "free" }, TERMS)).toMatchObject({ price_minor: null, preview_s: null, is_with_course: false });
    expect(bodyOf({ ...good, sale: "course" }, TERMS)).toMatchObject({ price_minor: null, preview_s: 180, is_with_course: true });
    expect(bodyOf(good, TERMS)).toMatchObject({ price_minor: 2900, seat_limit: null, replay_days: 180, ends_at: "2026-11-24T13:00:00.000Z" });
    expect(placeOf({ ...good, subject: "math" }, "林的直播间")).toEqual({ room_id: null, room_title: "林的直播间", course_id: null, subject: "math" });
  });
  it("comes back as it was saved", () => {
    const saved = { state: "coming", title: "极限", title_en: "", cover: "walk", room_id: "r", starts_at: "2026-11-24T12:00:00Z", ends_at: "2026-11-24T13:30:00Z",
      live_session_id: null, lesson: null, course: null, product: null, needs: "course", seat_limit: null, n_sold: 0 } satisfies HostClass;
    expect(draftOf(saved, TERMS)).toMatchObject({ title: "极限", date: "2026-11-24", time: "20:00", minutes: "90", sale: "course", cover: "walk" });
  });
  it("is changed by its hours in the timetable, not by those on air", () => {
    const lesson = { starts_at: "2026-11-24T12:00:00Z", ends_at: "2026-11-24T13:30:00Z", preview_s: null } as HostClass["lesson"];
    const live = { state: "on_air", title: "极限", title_en: "", cover: "walk", room_id: "r", starts_at: "2026-11-24T12:07:31Z", ends_at: null,
      live_session_id: "s", lesson, course: null, product: null, needs: "free", seat_limit: null, n_sold: 0 } satisfies HostClass;
    expect(draftOf(live, TERMS)).toMatchObject({ time: "20:00", minutes: "90" });
  });
  it("shows a refusal at its field", () => {
    const early = new Problem(422, "catalog.field_invalid", { field: "starts_at", why: "too_early", earliest_at: "2026-11-23T12:05:00.000Z" });
    expect(refusedField(early, "Asia/Shanghai")).toEqual({ date: { key: "class.e_early", values: { time: "2026-11-23 20:05" } } });
    expect(refusedField(new Problem(422, "money.amount_invalid", {}), "UTC")).toHaveProperty("price");
    expect(refusedField(new Problem(500, "site.internal", {}), "UTC")).toBeNull();
  });
});

describe("the checks before a class", () => {
  const stream = { is_publishing: true, bitrate_kbps: 2500, fps: 30, width: 1280, height: 720, key_frame_interval_s: 2, dropped: 0, problem_code: null, has_audio: true };
  const states = (found: ReturnType<typeof checksOf>): string[] => found.map((check) => check.state);
  it("wait for the stream, and say that nothing is scheduled", () => {
    expect(states(checksOf({ next_lesson: null, product: null }, null))).toEqual(["ok", "bad", "bad", "wait", "wait"]);
  });
  it("find a small picture and silence", () => {
    expect(states(checksOf({ next_lesson: null, product: null }, stream)).slice(3)).toEqual(["ok", "ok"]);
    expect(states(checksOf({ next_lesson: null, product: null }, { ...stream, height: 360, has_audio: false })).slice(3)).toEqual(["bad", "bad"]);
  });
});

describe("an operator's troubles", () => {
  const check = { at: "2026-11-23T00:00:00Z", difference_minor: 0, findings: [] };
  const calm: Overview = { at: "2026-11-23T12:00:00Z", currency: "CNY", n_rooms: 1, n_viewers: 9, n_orders: 2, paid_minor: 5800, refunded_minor: 0,
    n_failed_payments: 3, n_unmatched: 0, n_refunds_waiting: 0, last_check: check };
  it("are none on a calm day", () => expect(troubles(calm)).toEqual([]));
  it("are a difference, unmatched money and a check that did not come", () => {
    expect(troubles({ ...calm, n_unmatched: 1, last_check: { ...check, difference_minor: 1 } }).map((each) => each.code)).toEqual(["books", "unmatched"]);
    expect(troubles({ ...calm, at: "2026-11-24T13:00:00Z" }).map((each) => each.code)).toEqual(["unchecked"]);
  });
});
