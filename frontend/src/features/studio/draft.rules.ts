// A class as its host writes it down, what is wrong with it, and what is sent.
import type { ClassTerms, HostClass } from "../../api/host";
import { instantOf, wallOf } from "./zone.rules";

/** What opens the class: a ticket of its own, the course it belongs to, or nothing. */
export type Sale = "ticket" | "course" | "free";
export interface Draft {
  title: string;
  titleEn: string;
  subject: string;
  cover: string;
  courseId: string;
  roomId: string;
  date: string;
  time: string;
  minutes: string;
  sale: Sale;
  price: string;
  seats: string;
  preview: string;
  replay: string;
  rule: string;
}
export type Field = keyof Draft;
/** A key of the message table and its values. */
export interface Wrong {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}
export type Problems = Partial<Record<Field, Wrong>>;

/** The drawn covers; "integral" is the same drawing as "board". */
export const COVERS = ["board", "derivative", "linear", "series", "probability", "clock", "ladder", "plate", "river", "strength", "stretch", "walk"] as const;
const PRICE_MAX = 10_000_000;
const MINUTE_MS = 60_000;

/** "29", "29.9" or "29.00" to fen; null for anything else. */
export function fenOf(text: string): number | null {
  const found = /^(\d{1,8})(?:[.。](\d{1,2}))?$/.exec(text.trim());
  if (!found) return null;
  return Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

export const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;

/** The host's part of a price, by largest remainder as the server splits it. */
export function hostPart(fen: number, platformPercent: number): number {
  const host = fen * (100 - platformPercent);
  const rest = host % 100;
  const other = (fen * platformPercent) % 100;
  return Math.floor(host / 100) + (rest + other === 100 && rest >= other ? 1 : 0);
}

export function emptyDraft(terms: ClassTerms): Draft {
  const next = new Date(Date.parse(terms.earliest_at) + 86_400_000).toISOString();
  return {
    title: "", titleEn: "", subject: "", cover: "board", courseId: "", roomId: "",
    date: wallOf(next, terms.time_zone).date, time: "20:00", minutes: "60",
    sale: "ticket", price: "", seats: "", preview: String(terms.preview_s), replay: "180",
    rule: terms.refund_rules[0]?.id ?? "",
  };
}

/** The hours in the timetable, not those on air. */
function hoursOf(found: HostClass): { readonly starts_at: string; readonly ends_at: string | null } {
  return { starts_at: found.lesson?.starts_at ?? found.starts_at, ends_at: found.lesson?.ends_at ?? found.ends_at };
}

export function draftOf(found: HostClass, terms: ClassTerms): Draft {
  const { starts_at, ends_at } = hoursOf(found);
  const wall = wallOf(starts_at, terms.time_zone);
  const length = ends_at ? Date.parse(ends_at) - Date.parse(starts_at) : 0;
  const product = found.product;
  return {
    ...emptyDraft(terms),
    title: found.title,
    titleEn: found.title_en,
    cover: found.cover || "board",
    courseId: found.course?.id ?? "",
    roomId: found.room_id ?? "",
    ...wall,
    minutes: String(Math.round(length / MINUTE_MS)),
    sale: found.needs,
    price: product ? yuan(product.price.amount_minor) : "",
    seats: found.seat_limit === null ? "" : String(found.seat_limit),
    preview: String(found.lesson?.preview_s ?? terms.preview_s),
    replay: product?.replay_days === null || product?.replay_days === undefined ? "" : String(product.replay_days),
    rule: product?.refund_rule?.id ?? terms.refund_rules[0]?.id ?? "",
  };
}

const whole = (text: string): number | null => (/^\d{1,7}$/.test(text.trim()) ? Number(text.trim()) : null);

function numberProblem(text: string, least: number, most: number): Wrong | undefined {
  const value = whole(text);
  return value === null || value < least || value > most ? { key: "class.e_number", values: { least, most } } : undefined;
}

/** Everything that keeps a draft from being saved, by field. */
export function problemsOf(draft: Draft, terms: ClassTerms, before: Draft | null = null, nSold = 0): Problems {
  const found: Problems = {};
  const put = (field: Field, wrong: Wrong | undefined): void => {
    if (wrong) found[field] = wrong;
  };
  if (!draft.title.trim()) put("title", { key: "class.e_title" });
  const start = instantOf(draft, terms.time_zone);
  const earliest = wallOf(terms.earliest_at, terms.time_zone);
  const isMoved = draft.date !== before?.date || draft.time !== before.time;
  if (start === null) put("date", { key: "class.e_date" });
  else if (isMoved && Date.parse(start) < Date.parse(terms.earliest_at)) {
    put("date", { key: "class.e_early", values: { time: `${earliest.date} ${earliest.time}` } });
  }
  put("minutes", numberProblem(draft.minutes, 5, terms.hours_max * 60));
  if (draft.sale === "free") return found;
  put("preview", numberProblem(draft.preview, 0, 3600));
  if (draft.sale === "course") return found;
  const fen = fenOf(draft.price);
  if (fen === null || fen < 1 || fen > PRICE_MAX) put("price", { key: "class.e_price" });
  if (draft.seats.trim()) put("seats", numberProblem(draft.seats, Math.max(1, nSold), 1_000_000));
  if (draft.replay.trim()) put("replay", numberProblem(draft.replay, 0, terms.replay_days_max));
  return found;
}

const orNull = (text: string): number | null => (text.trim() ? Number(text.trim()) : null);

/** The body of POST and PATCH, without hours that are as before; call it on a draft without problems. */
export function bodyOf(draft: Draft, terms: ClassTerms, before: Draft | null = null): Record<string, unknown> {
  const start = instantOf(draft, terms.time_zone) ?? terms.earliest_at;
  const end = new Date(Date.parse(start) + Number(draft.minutes) * MINUTE_MS).toISOString();
  const isSame = before !== null && draft.date === before.date && draft.time === before.time && draft.minutes === before.minutes;
  return {
    title: draft.title.trim(),
    title_en: draft.titleEn.trim(),
    cover: draft.cover,
    ...(isSame ? {} : { starts_at: start, ends_at: end }),
    price_minor: draft.sale === "ticket" ? fenOf(draft.price) : null,
    is_with_course: draft.sale === "course",
    ...(draft.sale === "ticket" ? { seat_limit: orNull(draft.seats), replay_days: orNull(draft.replay), refund_rule: draft.rule } : {}),
    preview_s: draft.sale === "free" ? null : Number(draft.preview),
  };
}

/** What POST takes beside: where the class is held and listed. */
export function placeOf(draft: Draft, roomTitle: string): Record<string, unknown> {
  return {
    room_id: draft.roomId || null,
    ...(draft.roomId ? {} : { room_title: roomTitle.slice(0, 80) }),
    course_id: draft.courseId || null,
    subject: draft.courseId ? "" : draft.subject.trim(),
  };
}
