// What a search shows: classes of the week, courses and hosts, a few of each. The server finds courses; the
// timetable is short and is looked through here.
import type { CourseCard, TimetableEntry, User } from "../../api/types";

export interface Found {
  readonly kind: "class" | "course" | "host";
  readonly id: string;
  readonly title: string;
  readonly title_en: string | null;
  readonly host: User;
  readonly path: string;
  readonly entry: TimetableEntry | null;
}

const EACH_MAX = 4;

export function wordsOf(query: string): readonly string[] {
  return query.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether every word is somewhere in the texts. */
export function hasAll(words: readonly string[], texts: readonly (string | null | undefined)[]): boolean {
  const all = texts.filter(Boolean).join("\n").normalize("NFKC").toLowerCase();
  return words.every((word) => all.includes(word));
}

export const resultsPath = (query: string): string => `/courses?q=${encodeURIComponent(query.trim())}`;

/** Results in the order shown: classes by start, courses as the server ranks them, hosts. */
export function results(query: string, courses: readonly CourseCard[], timetable: readonly TimetableEntry[]): readonly Found[] {
  const words = wordsOf(query);
  if (!words.length) return [];
  const classes = timetable
    .filter((entry) => hasAll(words, [entry.title, entry.title_en, entry.course_title, entry.course_title_en, entry.host.display_name]))
    .slice(0, EACH_MAX)
    .map((entry): Found => ({ kind: "class", id: entry.lesson_id, title: entry.title, title_en: entry.title_en ?? null, host: entry.host, entry, path: entry.room_id ? `/rooms/${entry.room_id}` : `/courses/${entry.course_id}` }));
  const found = courses
    .slice(0, EACH_MAX)
    .map((course): Found => ({ kind: "course", id: course.id, title: course.title, title_en: course.title_en ?? null, host: course.host, entry: null, path: `/courses/${course.id}` }));
  const hosts = new Map<string, User>();
  for (const { host } of [...courses, ...timetable]) if (hasAll(words, [host.display_name, host.username])) hosts.set(host.id, host);
  const people = [...hosts.values()]
    .slice(0, EACH_MAX)
    .map((host): Found => ({ kind: "host", id: host.id, title: host.display_name, title_en: null, host, entry: null, path: resultsPath(host.display_name) }));
  return [...classes, ...found, ...people];
}

/** The option after a key: around at the ends, -1 for none. */
export function stepped(at: number, key: string, n: number): number {
  if (!n) return -1;
  if (key === "ArrowDown") return at + 1 >= n ? 0 : at + 1;
  if (key === "ArrowUp") return at <= 0 ? n - 1 : at - 1;
  return at;
}
