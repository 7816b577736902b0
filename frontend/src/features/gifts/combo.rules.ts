// Presses within a few seconds are one gift with a count; nothing is booked before its time to undo is over.

export const COMBO_MS = 4000;
/** From the last press until the gift is booked: so long it can be taken back. */
export const UNDO_MS = 5000;
export const COUNT_MAX = 999;

export interface Combo {
  readonly giftKindId: string;
  readonly count: number;
  readonly comboId: string;
  readonly pressedAt: number;
}

/** The combo after a press: counted on, or a new one for another gift or after a pause. */
export function pressed(before: Combo | null, giftKindId: string, now: number, freshId: () => string): Combo {
  const goesOn = before !== null && before.giftKindId === giftKindId && now - before.pressedAt < COMBO_MS;
  if (goesOn) return { ...before, count: Math.min(COUNT_MAX, before.count + 1), pressedAt: now };
  return { giftKindId, count: 1, comboId: freshId(), pressedAt: now };
}
