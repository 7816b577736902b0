import { describe, expect, it } from "vitest";
import { BANDS, COLUMNS, freeAt, isBlocked, laneFor, mergeKey, mergedPercent, rowFor, rowsOf, soonest, speed, zoneOf } from "../src/player/lanes.rules";
import type { Flight, Ground } from "../src/player/lanes.rules";
import { catchUp, isAtEdge, stepTo } from "../src/player/seek.rules";
import { DEFAULTS, merged } from "../src/player/settings.svelte";

describe("lanes", () => {
  const stage = { width: 1000, crossMs: 8000, maxOnScreen: 12 };
  it("let nobody overtake anybody", () => {
    for (const [first, second] of [[100, 400], [400, 100], [250, 250]] as const) {
      const before: Flight = { lane: 0, width: first, startedAt: 0 };
      const start = freeAt(before, second, stage);
      for (let now = start; now < stage.crossMs; now += 50) {
        const tail = stage.width - now * speed(first, stage) + first;
        const head = stage.width - (now - start) * speed(second, stage);
        expect(head).toBeGreaterThanOrEqual(tail - 1);
      }
    }
  });
  it("refuse others when full and never one's own", () => {
    const busy = [0, 1, 2].map((lane): Flight => ({ lane, width: 300, startedAt: 1000 }));
    expect(laneFor(busy, 3, 200, stage, 1001, 3, false)).toBeNull();
    expect(laneFor(busy, 3, 200, stage, 1001, 99, true)).not.toBeNull();
    expect(laneFor([], 3, 200, stage, 0, 12, false)).toBeNull();
  });
  it("give what sits still the first free row, and one's own the soonest free", () => {
    expect(soonest([500, 0, 0], 100, false, false)).toBe(1);
    expect(soonest([500, 400], 100, false, false)).toBeNull();
    expect(soonest([500, 400], 100, true, true)).toBe(1);
  });
  it("keep what crosses and what sits still out of each other's rows", () => {
    expect(laneFor([], 2, 100, stage, 0, 0, false, [4000, 0])).toBe(1);
    expect(rowFor([0, 0, 0], [8000, 0, 0], 100, false, false)).toBe(1);
    expect(rowFor([4000, 0], [8000, 8000], 100, false, false)).toBe(1);
    expect(rowFor([4000, 4000], [0, 0], 100, false, false)).toBeNull();
  });
  it("merge words that differ by their ending alone", () => expect(mergeKey("懂了！！")).toBe(mergeKey(" 懂了")));
  it("block words whatever their case", () => {
    expect(isBlocked("Buy NOW", ["now"])).toBe(true);
    expect(isBlocked("now", ["", "later"])).toBe(false);
  });
  it("tell the share that was merged", () => {
    expect(mergedPercent({ nArrived: 0, nMerged: 0, nBlocked: 0, nCrowded: 0 })).toBe(0);
    expect(mergedPercent({ nArrived: 8, nMerged: 3, nBlocked: 0, nCrowded: 0 })).toBe(38);
  });
});

describe("rows", () => {
  const ground: Ground = { width: 1000, height: 560, lineHeight: 35, area: 0.25, zones: [] };
  const inZone = (y: number, cell: number): boolean => {
    const zone = zoneOf(cell);
    return y / ground.height < zone.bottom && (y + ground.lineHeight) / ground.height > zone.top;
  };
  it("fill the wanted share from above, and from below", () => {
    const rows = rowsOf(ground);
    expect(rows.scroll).toHaveLength(4);
    expect(rows.scroll).toEqual(rows.top);
    expect(Math.min(...rows.bottom)).toBeGreaterThan(Math.max(...rows.top));
    expect(Math.max(...rows.bottom) + ground.lineHeight).toBeLessThan(ground.height - 50);
  });
  it("keep off every marked cell that a text would cross", () => {
    for (let cell = 0; cell < COLUMNS * BANDS; cell += 1) {
      const rows = rowsOf({ ...ground, zones: [zoneOf(cell)] });
      for (const y of rows.scroll) expect(inZone(y, cell)).toBe(false);
    }
  });
  it("go below a marked top instead of giving up", () => {
    const top = Array.from({ length: COLUMNS }, (_, cell) => zoneOf(cell));
    expect(rowsOf({ ...ground, zones: top }).scroll).toHaveLength(4);
  });
  it("let what sits in the middle pass a mark at the side", () => {
    const side = rowsOf({ ...ground, zones: [zoneOf(0)] });
    expect(side.top[0]).toBeCloseTo(ground.height * 0.025);
    expect(side.scroll[0]).toBeGreaterThan(side.top[0] ?? 0);
  });
  it("leave one row for one's own when all is marked", () => {
    const all = Array.from({ length: COLUMNS * BANDS }, (_, cell) => zoneOf(cell));
    const rows = rowsOf({ ...ground, zones: all });
    expect([rows.scroll.length, rows.top.length, rows.bottom.length]).toEqual([1, 1, 1]);
  });
  it("have one row before the picture has a size", () => expect(rowsOf({ ...ground, width: 0, height: 0 }).scroll).toHaveLength(1));
});

describe("kept settings", () => {
  it("take what has the right kind and leave the rest", () => {
    const kept = { density: 30, area: "all", blockWords: "x", cells: [3], unknown: 1 };
    expect(merged(DEFAULTS, kept)).toEqual({ ...DEFAULTS, density: 30, cells: [3] });
    expect(merged(DEFAULTS, null)).toEqual(DEFAULTS);
  });
});

describe("seeking in a live picture", () => {
  const there = { start: 10, end: 40 };
  it("stays inside what is there", () => {
    expect([stepTo(12, -5, there), stepTo(30, 5, there), stepTo(38, 5, there)]).toEqual([10, 35, 39.75]);
  });
  it("catches up only when it lags", () => {
    expect(catchUp(39.5, there)).toBeNull();
    expect(catchUp(38, there)).toBe(39.75);
    expect([isAtEdge(38, there), isAtEdge(20, there)]).toEqual([true, false]);
  });
});
