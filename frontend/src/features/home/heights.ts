// How long the sections were that differ from person to person: their room is kept while the page loads,
// so that nothing below them jumps.

export interface Heights {
  readonly nResumes: number;
  readonly nOthers: number;
}

const STORED = "livelore.home";
const NONE: Heights = { nResumes: 0, nOthers: 0 };

export function heights(userId: string | null): Heights {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "") as Heights & { userId: string | null };
    return kept.userId === userId ? kept : NONE;
  } catch {
    return NONE;
  }
}

export function keepHeights(userId: string | null, found: Heights): void {
  try {
    localStorage.setItem(STORED, JSON.stringify({ userId, ...found }));
  } catch {
    /* storage is off: the page may jump once */
  }
}
