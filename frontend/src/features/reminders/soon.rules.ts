// Which of the wanted classes are near, and which of them somebody must be told of now.
import type { TimetableEntry } from "../../api/types";

const MINUTE_MS = 60_000;
/** The bell shows a dot from here on. */
export const NEAR_MS = 15 * MINUTE_MS;
/** A toast says it from here on. */
export const TELL_MS = 5 * MINUTE_MS;

export interface Wanted {
  readonly entry: TimetableEntry;
  readonly leftMs: number;
}

/** Wanted classes that are on or still to come, the nearest first. */
export function wantedOf(ids: readonly string[], timetable: readonly TimetableEntry[], now: number): readonly Wanted[] {
  return timetable
    .filter((entry) => ids.includes(entry.lesson_id) && entry.state !== "ended")
    .map((entry) => ({ entry, leftMs: Date.parse(entry.starts_at) - now }))
    .sort((a, b) => a.leftMs - b.leftMs);
}

export const isNear = ({ entry, leftMs }: Wanted): boolean => entry.state === "live" || leftMs < NEAR_MS;

/** Those to be told of, each once. */
export function toTell(wanted: readonly Wanted[], told: readonly string[]): readonly Wanted[] {
  return wanted.filter(({ entry, leftMs }) => (entry.state === "live" || leftMs < TELL_MS) && !told.includes(entry.lesson_id));
}
