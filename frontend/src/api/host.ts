// Shapes of a host's classes, courses and reports; names as on the wire.
import type { CourseCard, Lesson, Product, RefundRule, StudioNumbers } from "./types";

export interface CutOff {
  readonly at: string;
  readonly reason: string;
}
export interface OwnRoom {
  readonly id: string;
  readonly title: string;
  readonly title_en: string;
  readonly cover: string;
  readonly cut_off: CutOff | null;
}
export interface OwnCourse extends CourseCard {
  readonly is_published: boolean;
}
export interface HostLesson extends Lesson {
  readonly cover: string;
  readonly is_cancelled: boolean;
  readonly preview_s: number | null;
  readonly body: string | null;
}
export type ClassState = "on_air" | "coming" | "held" | "cancelled" | "missed" | "past";
export interface HostClass {
  readonly state: ClassState;
  readonly title: string;
  readonly title_en: string;
  readonly cover: string;
  readonly room_id: string | null;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly live_session_id: string | null;
  readonly lesson: HostLesson | null;
  readonly course: { readonly id: string; readonly title: string; readonly title_en: string; readonly is_published: boolean } | null;
  readonly product: Product | null;
  readonly needs: "ticket" | "course" | "free";
  readonly seat_limit: number | null;
  readonly n_sold: number;
}
export interface ClassTerms {
  readonly time_zone: string;
  readonly earliest_at: string;
  readonly preview_s: number;
  readonly platform_percent: number;
  readonly currency: string;
  readonly hours_max: number;
  readonly replay_days_max: number;
  readonly refund_rules: readonly RefundRule[];
}
export interface HostClasses {
  readonly rooms: readonly OwnRoom[];
  readonly on_air: readonly HostClass[];
  readonly coming: readonly HostClass[];
  readonly dropped: readonly HostClass[];
  readonly past: readonly HostClass[];
  readonly next_cursor: string | null;
  readonly terms: ClassTerms;
}
export interface PastSession {
  readonly id: string;
  readonly room_id: string;
  readonly lesson_id: string | null;
  readonly title: string;
  readonly title_en: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly duration_s: number;
  readonly n_viewers_peak: number;
  readonly peak_at: string | null;
}
export interface Report {
  readonly live_session: PastSession;
  readonly state: string;
  readonly n_viewers_peak: number;
  readonly peak_at: string | null;
  readonly n_danmaku: number;
  readonly n_gifts: number;
  readonly time_zone: string;
  readonly revenue: {
    readonly currency: string;
    readonly total_minor: number;
    readonly lines: readonly { readonly kind: string; readonly count: number; readonly amount_minor: number }[];
    readonly checked_at: string;
    readonly agrees_with_ledger: boolean;
  };
  readonly series: StudioNumbers["series"];
}
