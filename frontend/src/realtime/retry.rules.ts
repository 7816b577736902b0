// How long to wait before the next try: doubled each time, at most 15 s, spread by chance.

const FIRST_MS = 500;
const MOST_MS = 15_000;

/** @param chance 0 … 1, drawn anew for each try. */
export function pauseMs(nTries: number, chance: number): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, nTries - 1));
  return Math.round(ceiling * (0.5 + chance / 2));
}
