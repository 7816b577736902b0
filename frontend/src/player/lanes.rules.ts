// Where danmaku fly: lanes from the top, nobody overtakes anybody, one's own always has a place.

export interface Stage {
  readonly width: number;
  readonly nLanes: number;
  readonly crossMs: number;
  readonly maxOnScreen: number;
}
export interface Flight {
  readonly lane: number;
  readonly width: number;
  readonly startedAt: number;
}

const GAP_PX = 24;

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
 * The lane for a new text, or null when there is no room for it now.
 *
 * @param last The newest flight of each lane.
 * @param nOnScreen How many fly.
 * @param isOwn One's own is never refused: it takes the lane that is free soonest.
 */
export function laneFor(
  last: readonly (Flight | undefined)[],
  width: number,
  stage: Stage,
  now: number,
  nOnScreen: number,
  isOwn: boolean,
): number | null {
  if (!isOwn && nOnScreen >= stage.maxOnScreen) return null;
  let best = 0;
  let soonest = Infinity;
  for (let lane = 0; lane < stage.nLanes; lane += 1) {
    const at = freeAt(last[lane], width, stage);
    if (at <= now) return lane;
    if (at < soonest) [best, soonest] = [lane, at];
  }
  return isOwn ? best : null;
}

/** The same words within a few seconds are one text with a count. */
export function mergeKey(text: string): string {
  return text.trim().toLowerCase().replace(/[\s!！。.~～?？]+$/u, "");
}
