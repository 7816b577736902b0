// How far back one may go in a live picture, and when to stay at its edge.

/** Behind the edge by more than this, seconds, the picture hurries back, unless somebody went back on purpose. */
export const LAG_MAX_S = 1.0;
/** How far from the newest second the picture rests after a jump: less would stall. */
export const REST_S = 0.25;
/** Nearer to the edge than this counts as live. */
const LIVE_S = 3;

export interface Buffered {
  readonly start: number;
  readonly end: number;
}

/** Where a step of `deltaS` leads, kept inside what is there. */
export function stepTo(now: number, deltaS: number, { start, end }: Buffered): number {
  return Math.max(start, Math.min(now + deltaS, end - REST_S));
}

/** Where to jump to catch up, or null when the picture is near enough. */
export function catchUp(now: number, { end }: Buffered): number | null {
  return end - now > LAG_MAX_S ? end - REST_S : null;
}

export const isAtEdge = (now: number, { end }: Buffered): boolean => end - now < LIVE_S;
