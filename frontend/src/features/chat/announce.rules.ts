// What a screen reader is told of a chat: at most one thing in five seconds, words while there are few, else how many.

export const ANNOUNCE_MS = 5000;
const WORDS_MAX = 2;

export interface Spoken {
  readonly who: string;
  readonly text: string;
}

/** The announcement for what came since the last one; empty: say nothing. */
export function announcement(fresh: readonly Spoken[], many: (n: number) => string): string {
  if (!fresh.length) return "";
  if (fresh.length > WORDS_MAX) return many(fresh.length);
  return fresh.map(({ who, text }) => `${who}: ${text}`).join(". ");
}
