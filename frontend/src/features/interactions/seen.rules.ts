// When something counts as seen: at least half of it in view, for a second without a break.

export const PART_MIN = 0.5;
export const LOOK_MS = 1000;

export interface Sight {
  readonly since: number | null;
  readonly isSeen: boolean;
}

export const UNSEEN: Sight = { since: null, isSeen: false };

/**
 * The sight after a look.
 *
 * @param part How much of the thing is in view, 0 … 1.
 * @param isPageShown False in a hidden tab: what nobody can see does not count.
 */
export function sighted(before: Sight, part: number, isPageShown: boolean, now: number): Sight {
  if (before.isSeen) return before;
  if (part < PART_MIN || !isPageShown) return UNSEEN;
  const since = before.since ?? now;
  return { since, isSeen: now - since >= LOOK_MS };
}
