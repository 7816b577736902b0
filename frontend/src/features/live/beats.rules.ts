// When somebody watched, and what of it the server still has to be told. Pure: times come in as ms.
// A beat tells spans and not sums, so that one that is lost, late or sent twice changes nothing.

export type Span = readonly [from: number, to: number];

export interface Watched {
  /** Times of watching that no answer has confirmed yet, in order and apart. */
  readonly spans: readonly Span[];
  readonly isWatching: boolean;
  /** The last time that somebody looked. */
  readonly at: number;
  /** All of it, confirmed or not. */
  readonly totalMs: number;
}

/** Between two looks: more than this is a machine that slept, not somebody who watched. */
export const GAP_MAX_MS = 5000;
/** The server takes so many spans in one beat … */
export const SPANS_MAX = 64;
/** … and believes them so far back. */
export const AGO_MAX_MS = 3_600_000;

export const begun = (at: number): Watched => ({ spans: [], isWatching: false, at, totalMs: 0 });

/** What is known after a look at the player. */
export function looked(before: Watched, at: number, isWatching: boolean): Watched {
  const gap = at - before.at;
  if (!before.isWatching || gap <= 0 || gap > GAP_MAX_MS) return { ...before, at, isWatching };
  const last = before.spans[before.spans.length - 1];
  const goesOn = last !== undefined && last[1] === before.at;
  const spans: readonly Span[] = goesOn
    ? [...before.spans.slice(0, -1), [last[0], at]]
    : [...before.spans, [before.at, at]];
  return { spans, isWatching, at, totalMs: before.totalMs + gap };
}

/** What is left to tell once everything up to a time has been confirmed. */
export function confirmed(before: Watched, upTo: number): Watched {
  const spans = before.spans
    .filter(([, to]) => to > upTo)
    .map(([from, to]): Span => [Math.max(from, upTo), to]);
  return { ...before, spans };
}

/** Spans as beats tell them: in portions, each as ms before `now`, the oldest first. */
export function told(spans: readonly Span[], now: number): [number, number][][] {
  const ago = spans
    .map(([from, to]): [number, number] => [Math.min(AGO_MAX_MS, Math.round(now - from)), Math.max(0, Math.round(now - to))])
    .filter(([from, to]) => from > to);
  const portions: [number, number][][] = [];
  for (let first = 0; first < ago.length; first += SPANS_MAX) portions.push(ago.slice(first, first + SPANS_MAX));
  return portions;
}
