import { describe, expect, it } from "vitest";
import { BATCH_MAX, WAITING_MAX, added, answered, isPassing, nextBatch } from "../src/features/interactions/batch.rules";
import { LOOK_MS, UNSEEN, sighted } from "../src/features/interactions/seen.rules";
import type { Sight } from "../src/features/interactions/seen.rules";
import { AGO_MAX_MS, GAP_MAX_MS, SPANS_MAX, begun, confirmed, looked, told } from "../src/features/live/beats.rules";
import type { Span, Watched } from "../src/features/live/beats.rules";

/** Looks each second; the player plays in the seconds named. */
function watch(seconds: number, isPlaying: (second: number) => boolean): Watched {
  let watched = looked(begun(0), 0, isPlaying(0));
  for (let second = 1; second <= seconds; second += 1) watched = looked(watched, second * 1000, isPlaying(second));
  return watched;
}
const length = (spans: readonly Span[]): number => spans.reduce((sum, [from, to]) => sum + to - from, 0);

describe("watch time", () => {
  it("is one span while the picture runs, and none while it stands", () => {
    expect(watch(20, () => true).spans).toEqual([[0, 20_000]]);
    expect(watch(20, () => false).spans).toEqual([]);
    expect(watch(20, (second) => second < 5 || second >= 10).spans).toEqual([[0, 5000], [10_000, 20_000]]);
  });
  it("ends at the moment of a pause, not at the next look", () => {
    const paused = looked(looked(begun(0), 0, true), 350, false);
    expect([paused.spans, paused.totalMs]).toEqual([[[0, 350]], 350]);
    expect(looked(paused, 1000, true).totalMs).toBe(350);
  });
  it("does not count the time of a machine that slept or a clock that was set back", () => {
    const playing = watch(10, () => true);
    for (const at of [10_000 + GAP_MAX_MS + 1, 4_000_000, 2000]) {
      const woken = looked(playing, at, true);
      expect(woken.totalMs).toBe(10_000);
      expect(looked(woken, at + 1000, true).totalMs).toBe(11_000);
    }
  });
  it("loses nothing when beats are lost and doubles nothing when they come late", () => {
    let watched = watch(30, () => true);
    watched = confirmed(watched, 15_000);
    expect(watched.spans).toEqual([[15_000, 30_000]]);
    expect(confirmed(watched, 10_000).spans).toEqual([[15_000, 30_000]]);
    watched = looked(watched, 31_000, true);
    expect(watched.spans).toEqual([[15_000, 31_000]]);
    expect(confirmed(watched, 31_000).spans).toEqual([]);
    expect(looked(confirmed(watched, 31_000), 32_000, true).spans).toEqual([[31_000, 32_000]]);
    expect(watched.totalMs).toBe(31_000);
  });
  it("is told as ms ago, whole, in portions that the server takes", () => {
    expect(told([[1000, 4000], [6000, 8500.4]], 9000)).toEqual([[[8000, 5000], [3000, 500]]]);
    const many = Array.from({ length: 2 * SPANS_MAX + 3 }, (_, n): Span => [n * 1000, n * 1000 + 500]);
    const portions = told(many, 200_000);
    expect(portions.map((portion) => portion.length)).toEqual([SPANS_MAX, SPANS_MAX, 3]);
    expect(portions.flat().reduce((sum, [from, to]) => sum + from - to, 0)).toBe(length(many));
    expect(told([], 5)).toEqual([]);
  });
  it("tells nothing that is too long ago to be believed", () => {
    const now = 2 * AGO_MAX_MS;
    expect(told([[0, 1000], [now - AGO_MAX_MS - 500, now - AGO_MAX_MS + 500]], now)).toEqual([[[AGO_MAX_MS, AGO_MAX_MS - 500]]]);
    for (const [from, to] of told([[now - 10, now + 20]], now).flat()) expect(from >= to && to >= 0).toBe(true);
  });
});

describe("an impression", () => {
  const looks = (...each: readonly (readonly [number, number, boolean?])[]): boolean =>
    each.reduce<Sight>((sight, [now, part, isShown = true]) => sighted(sight, part, isShown, now), UNSEEN).isSeen;
  it("needs half of the thing for a second", () => {
    expect(looks([0, 0.5], [LOOK_MS, 0.5])).toBe(true);
    expect(looks([0, 0.49], [LOOK_MS, 0.49])).toBe(false);
    expect(looks([0, 1], [LOOK_MS - 1, 1])).toBe(false);
  });
  it("begins anew after a break or in a tab that comes back", () => {
    expect(looks([0, 1], [600, 0.2], [700, 1], [1600, 1])).toBe(false);
    expect(looks([0, 1], [600, 1, false], [700, 1], [1600, 1])).toBe(false);
    expect(looks([0, 1], [600, 0.2], [700, 1], [1700, 1])).toBe(true);
  });
  it("stays seen", () => expect(looks([0, 1], [1000, 1], [2000, 0])).toBe(true));
});

describe("acts that wait", () => {
  const acts = (n: number): { id: string }[] => Array.from({ length: n }, (_, index) => ({ id: `a${index}` }));
  it("go in batches, the oldest first", () => {
    const waiting = acts(BATCH_MAX + 5);
    const batch = nextBatch(waiting);
    expect([batch.length, batch[0]?.id]).toEqual([BATCH_MAX, "a0"]);
    expect(answered(waiting, batch).map((act) => act.id)).toEqual(["a100", "a101", "a102", "a103", "a104"]);
  });
  it("keep what came while a batch was on its way", () => {
    const batch = nextBatch(acts(2));
    expect(answered(added(acts(2), { id: "new" }), batch)).toEqual([{ id: "new" }]);
  });
  it("are bounded while the server is away, and a bad batch is not sent for ever", () => {
    const waiting = acts(WAITING_MAX).reduce<readonly { id: string }[]>((all, act) => added(all, { id: `b${act.id}` }), acts(3));
    expect([waiting.length, waiting[0]?.id]).toEqual([WAITING_MAX, "ba0"]);
    expect([0, 429, 503, 400, 403, 422].map(isPassing)).toEqual([true, true, true, false, false, false]);
  });
});
