// Acts that wait to be told: in batches that the server takes, the oldest first, never without end.

/** The server takes 200 in one batch; a request that outlives its page may carry 64 kB. */
export const BATCH_MAX = 100;
/** More than this only waits while the server is out of reach: then the oldest are given up. */
export const WAITING_MAX = 500;

export interface Act {
  readonly id: string;
}

export function added<T extends Act>(waiting: readonly T[], act: T): readonly T[] {
  return [...waiting, act].slice(-WAITING_MAX);
}

export function nextBatch<T extends Act>(waiting: readonly T[]): readonly T[] {
  return waiting.slice(0, BATCH_MAX);
}

/** What still waits once a batch has been answered: each act is judged alone, so none comes back. */
export function answered<T extends Act>(waiting: readonly T[], batch: readonly T[]): readonly T[] {
  const done = new Set(batch.map((act) => act.id));
  return waiting.filter((act) => !done.has(act.id));
}

/** Whether a refusal may be gone next time: no answer, too many, or the server's own trouble. */
export function isPassing(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}
