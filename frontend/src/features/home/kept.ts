// The last timetable that was seen, with its time: shown when the site cannot be reached.
import type { TimetableEntry } from "../../api/types";

export interface Kept {
  readonly at: string;
  readonly entries: readonly TimetableEntry[];
}

const STORED = "livelore.timetable";
const MOST = 20;

export function keepTimetable(entries: readonly TimetableEntry[]): void {
  try {
    const kept: Kept = { at: new Date().toISOString(), entries: entries.slice(0, MOST) };
    localStorage.setItem(STORED, JSON.stringify(kept));
  } catch {
    /* storage is full or off: then there is nothing to show offline */
  }
}

export function keptTimetable(): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "null") as Kept | null;
    return kept?.entries.length ? kept : null;
  } catch {
    return null;
  }
}
