import { describe, expect, it } from "vitest";
import type { CourseCard, TimetableEntry, User } from "../src/api/types";
import { announcement } from "../src/features/chat/announce.rules";
import { isForPage } from "../src/features/keys/keys.rules";
import type { Pressed } from "../src/features/keys/keys.rules";
import { toTell, wantedOf } from "../src/features/reminders/soon.rules";
import { hasAll, results, stepped } from "../src/features/search/search.rules";
import { footOf } from "../src/ui/clear.rules";

const MINUTE_MS = 60_000;
const host = (id: string, display_name: string): User => ({ id, username: id, display_name, role: "host", avatar: 1, badge: null, is_adult_verified: false });
const entry = (id: string, title: string, startsInMs: number, who = host("lin", "林知远"), state: TimetableEntry["state"] = "upcoming"): TimetableEntry => ({
  lesson_id: id, room_id: "r", title, host: who, starts_at: new Date(startsInMs).toISOString(), ends_at: null, price: null, state, needs: "free", cover: "", course_title: "微积分",
});
const course = (id: string, title: string, who = host("lin", "林知远")): CourseCard => ({
  id, title, subtitle: "", subject: "", language: "zh", cover: "", host: who, price: null, n_lessons: 1, n_live_lessons: 0, duration_s: 0, owned: false,
});

describe("keys", () => {
  const pressed = (key: string, tag?: string, role: string | null = null, type: string | null = null): Pressed => ({
    key, hasModifier: false, isInDialog: false, focus: tag ? { tag, role, type, isEditable: false } : null,
  });
  it("never act in a field, a dialog or with a modifier", () => {
    for (const [tag, type] of [["INPUT", null], ["INPUT", "search"], ["TEXTAREA", null], ["SELECT", null]] as const) {
      for (const key of ["m", " ", "/", "?", "ArrowLeft"]) expect(isForPage(pressed(key, tag, null, type))).toBe(false);
    }
    expect(isForPage({ ...pressed("m"), isInDialog: true })).toBe(false);
    expect(isForPage({ ...pressed("m"), hasModifier: true })).toBe(false);
  });
  it("leave to what has the focus what it needs itself", () => {
    expect(isForPage(pressed(" ", "BUTTON"))).toBe(false);
    expect(isForPage(pressed("ArrowRight", "BUTTON", "tab"))).toBe(false);
    expect(isForPage(pressed("ArrowRight", "INPUT", null, "range"))).toBe(false);
    expect(isForPage(pressed("ArrowLeft", "DIV", "log"))).toBe(false);
  });
  it("act everywhere else", () => {
    expect(["m", " ", "ArrowLeft", "?"].map((key) => isForPage(pressed(key)))).toEqual([true, true, true, true]);
    expect(isForPage(pressed("m", "BUTTON"))).toBe(true);
    expect(isForPage(pressed("f", "INPUT", null, "range"))).toBe(true);
  });
});

describe("search", () => {
  it("wants every word, anywhere, in any case and width", () => {
    expect(hasAll(["calculus", "林"], ["Ｃalculus", "林知远"])).toBe(true);
    expect(hasAll(["calculus", "xu"], ["Calculus", null])).toBe(false);
  });
  it("shows classes that fit, the server's courses, and hosts by name once", () => {
    const found = results("林", [course("c", "微积分")], [entry("l", "定积分", 0), entry("m", "拉伸", 0, host("zhou", "周岚"))]);
    expect(found.map(({ kind, id }) => `${kind} ${id}`)).toEqual(["class l", "course c", "host lin"]);
    expect(results("  ", [course("c", "x")], [])).toEqual([]);
  });
  it("goes around at both ends", () => {
    expect([stepped(-1, "ArrowDown", 3), stepped(2, "ArrowDown", 3), stepped(0, "ArrowUp", 3), stepped(1, "Enter", 3), stepped(0, "ArrowUp", 0)]).toEqual([0, 0, 2, 1, -1]);
  });
});

describe("reminders", () => {
  const list = [entry("far", "b", 60 * MINUTE_MS), entry("near", "a", 4 * MINUTE_MS), entry("on", "c", -MINUTE_MS, undefined, "live"), entry("other", "d", 0)];
  it("list the nearest first and only what is wanted", () => {
    expect(wantedOf(["far", "near", "on"], list, 0).map(({ entry: { lesson_id } }) => lesson_id)).toEqual(["on", "near", "far"]);
  });
  it("tell of each once, when it is near", () => {
    const wanted = wantedOf(["far", "near", "on"], list, 0);
    expect(toTell(wanted, ["on"]).map(({ entry: { lesson_id } }) => lesson_id)).toEqual(["near"]);
  });
});

describe("the rest of the pages", () => {
  it("reads out few messages and counts many", () => {
    const many = (n: number): string => `${n} new`;
    const one = { who: "苏晓", text: "懂了" };
    expect([announcement([], many), announcement([one], many), announcement([one, one, one], many)]).toEqual(["", "苏晓: 懂了", "3 new"]);
  });
  it("puts toasts above the bars at the foot, in their own columns only", () => {
    const view = { width: 1440, height: 900 };
    const toast = { left: 24, right: 460, height: 58 };
    const gifts = { left: 24, right: 1000, top: 790, bottom: 890 };
    const compose = { left: 1020, right: 1400, top: 800, bottom: 890 };
    expect(footOf([gifts, compose], view, toast)).toBe(118);
    expect(footOf([compose], view, toast)).toBe(16);
    expect(footOf([{ ...gifts, top: 700, bottom: 800 }], view, toast)).toBe(16);
    expect(footOf([{ ...gifts, top: 100 }, { left: 0, right: 0, top: 0, bottom: 0 }], view, toast)).toBe(16);
  });
});
