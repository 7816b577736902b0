// Where danmaku go: rows that keep off the board, nobody overtakes anybody, one's own always has a place.

export type Mode = "scroll" | "top" | "bottom";

export interface Stage {
  readonly width: number;
  readonly crossMs: number;
  readonly maxOnScreen: number;
}
/** Rows of text, as y of their upper edges in px: what scrolls and sits on top, from above; what sits below, from below. */
export interface Rows {
  readonly scroll: readonly number[];
  readonly top: readonly number[];
  readonly bottom: readonly number[];
}
export interface Flight {
  readonly lane: number;
  readonly width: number;
  readonly startedAt: number;
}
/** What must stay free, in fractions of the picture. */
export interface Zone {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
export interface Ground {
  readonly width: number;
  readonly height: number;
  readonly lineHeight: number;
  /** Share of the picture that may hold text, 0 … 1. */
  readonly area: number;
  readonly zones: readonly Zone[];
}

const GAP_PX = 24;
/** Above and below the rows; below, the controls need more. */
const EDGE = 0.025;
const CONTROLS_PX = 64;
/** Text that sits still is at most this share of the width around the middle. */
const STILL_SHARE = 0.6;

const overlaps = (zone: Zone, top: number, bottom: number, left: number, right: number): boolean =>
  zone.top < bottom && zone.bottom > top && zone.left < right && zone.right > left;

/**
 * The rows of a picture. A row that would cross a zone is left out and the next free one taken, so that the
 * number of rows stays what `area` asks for while there is room anywhere; when there is none, the uppermost
 * row remains, for one's own.
 */
export function rowsOf({ width, height, lineHeight, area, zones }: Ground): Rows {
  const first = height * EDGE;
  const nAll = Math.max(1, Math.floor((height - first - CONTROLS_PX) / lineHeight));
  const wanted = Math.max(1, Math.floor((height * area) / lineHeight));
  const all = Array.from({ length: nAll }, (_, lane) => first + lane * lineHeight);
  const isFree = (y: number, left: number, right: number): boolean =>
    height > 0 && width > 0 && !zones.some((zone) => overlaps(zone, y / height, (y + lineHeight) / height, left, right));
  const still = all.filter((y) => isFree(y, 0.5 - STILL_SHARE / 2, 0.5 + STILL_SHARE / 2));
  const orFirst = (rows: readonly number[]): readonly number[] => (rows.length ? rows : [first]);
  return {
    scroll: orFirst(all.filter((y) => isFree(y, 0, 1)).slice(0, wanted)),
    top: orFirst(still.slice(0, wanted)),
    bottom: orFirst([...still].reverse().slice(0, wanted)),
  };
}

/** Speed of a text in px per ms: from behind the right edge until behind the left one. */
export function speed(width: number, stage: Stage): number {
  return (stage.width + width) / stage.crossMs;
}

/** When a lane takes a text of this width: the one before has left the edge and is not caught up. */
export function freeAt(before: Flight | undefined, width: number, stage: Stage): number {
  if (!before) return 0;
  const pace = speed(before.width, stage);
  const clearOfEdge = before.startedAt + (before.width + GAP_PX) / pace;
  const gone = before.startedAt + stage.crossMs;
  const reach = stage.width / speed(width, stage);
  return Math.max(clearOfEdge, gone - reach);
}

/**
 * The lane that is free, or soonest free for one's own; null when there is none now.
 *
 * @param frees When each lane is free, in the same time as `now`.
 * @param isFull Whether enough is on screen: only one's own is let in then.
 * @param isOwn One's own is never refused.
 */
export function soonest(frees: readonly number[], now: number, isFull: boolean, isOwn: boolean): number | null {
  if (isFull && !isOwn) return null;
  const open = frees.findIndex((at) => at <= now);
  if (open >= 0) return open;
  if (!isOwn || !frees.length) return null;
  return frees.reduce((best, at, lane) => (at < (frees[best] ?? Infinity) ? lane : best), 0);
}

/**
 * The lane for a text that crosses, or null when there is no room for it now.
 *
 * @param last The newest flight of each lane.
 * @param nLanes How many lanes there are.
 * @param nOnScreen How many fly.
 * @param heldUntil Until when something sits still in each lane.
 */
export function laneFor(
  last: readonly (Flight | undefined)[],
  nLanes: number,
  width: number,
  stage: Stage,
  now: number,
  nOnScreen: number,
  isOwn: boolean,
  heldUntil: readonly number[] = [],
): number | null {
  const frees = Array.from({ length: nLanes }, (_, lane) => Math.max(freeAt(last[lane], width, stage), heldUntil[lane] ?? 0));
  return soonest(frees, now, nOnScreen >= stage.maxOnScreen, isOwn);
}

/**
 * The row for a text that sits still: one that nothing crosses, else one where nothing else sits.
 *
 * @param heldUntil Until when something sits in each row.
 * @param crossedUntil Until when something crosses each row.
 */
export function rowFor(heldUntil: readonly number[], crossedUntil: readonly number[], now: number, isFull: boolean, isOwn: boolean): number | null {
  const quiet = heldUntil.map((at, row) => Math.max(at, crossedUntil[row] ?? 0));
  return soonest(quiet, now, isFull, false) ?? soonest(heldUntil, now, isFull, isOwn);
}

/** The same words within a few seconds are one text with a count. */
export function mergeKey(text: string): string {
  return text.trim().toLowerCase().replace(/[\s!！。.~～?？]+$/u, "");
}

/** Whether a text has a word that the viewer does not want to see, whatever its case. */
export function isBlocked(text: string, words: readonly string[]): boolean {
  const folded = text.toLowerCase();
  return words.some((word) => word !== "" && folded.includes(word.toLowerCase()));
}

// The picture is a board of cells, on which a viewer marks what must stay free.
export const COLUMNS = 6;
export const BANDS = 5;

/** The zone of a cell, counted from the upper left by lines. */
export function zoneOf(cell: number): Zone {
  const [band, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
  return { left: column / COLUMNS, top: band / BANDS, right: (column + 1) / COLUMNS, bottom: (band + 1) / BANDS };
}

/** What became of the danmaku that arrived. */
export interface Tally {
  readonly nArrived: number;
  readonly nMerged: number;
  readonly nBlocked: number;
  readonly nCrowded: number;
}
export const NOTHING: Tally = { nArrived: 0, nMerged: 0, nBlocked: 0, nCrowded: 0 };

/** Share of the danmaku that were merged into others, in whole percent. */
export function mergedPercent({ nArrived, nMerged }: Tally): number {
  return nArrived ? Math.round((100 * nMerged) / nArrived) : 0;
}
