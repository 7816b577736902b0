// Shapes of the API that the pages use; names as on the wire.

export interface Money {
  readonly amount_minor: number;
  readonly currency: string;
}
export type Role = "viewer" | "host" | "moderator" | "operator";
export interface User {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
  readonly role: Role;
  readonly avatar: number;
  readonly badge: string | null;
  readonly is_adult_verified: boolean;
}
export interface DemoLogin {
  readonly role: string;
  readonly username: string;
  readonly password: string;
}
export interface Session {
  readonly user: User | null;
  readonly csrf_token: string | null;
  readonly coins: number | null;
  readonly is_sandbox: boolean;
  readonly server_time: string;
  readonly demo_logins: readonly DemoLogin[];
}
export interface SignedIn {
  readonly user: User;
  readonly token: string;
  readonly csrf_token: string;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
export interface Reason {
  readonly code: string;
  readonly fields?: Readonly<Record<string, string | number>>;
}
export interface RefundRule {
  readonly id: string;
  readonly watch_limit_s: number | null;
  readonly window_days: number | null;
}
export interface Split {
  readonly party: string;
  readonly amount_minor: number;
}
export interface Product {
  readonly id: string;
  readonly kind: "course" | "ticket" | "coin_pack";
  readonly title: string;
  readonly title_en?: string | null;
  readonly price: Money;
  readonly price_version: number;
  readonly split: readonly Split[];
  readonly refund_rule: RefundRule | null;
  readonly replay_days: number | null;
  readonly replay_until: string | null;
  readonly seats_left: number | null;
}
export interface RoomCard {
  readonly room_id: string;
  readonly title: string;
  readonly title_en?: string | null;
  readonly cover: string;
  readonly host: User;
  readonly live_session_id: string | null;
  readonly started_at: string | null;
  readonly n_viewers: number;
  readonly price: Money | null;
  readonly needs: "ticket" | "course" | "free";
  readonly preview_s: number;
  readonly replay_days: number | null;
  readonly refund_rule: RefundRule | null;
  readonly lesson_id: string | null;
  readonly course_id: string | null;
  readonly course_title: string | null;
  readonly course_title_en?: string | null;
  readonly reason: Reason;
  readonly entitled: boolean;
}
export interface TimetableEntry {
  readonly lesson_id: string;
  readonly room_id: string | null;
  readonly course_id?: string | null;
  readonly title: string;
  readonly title_en?: string | null;
  readonly host: User;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly price: Money | null;
  readonly state: "live" | "upcoming" | "ended";
  readonly needs: "ticket" | "course" | "free";
  readonly cover: string;
  readonly course_title: string;
  readonly course_title_en?: string | null;
}
export interface CourseCard {
  readonly id: string;
  readonly title: string;
  readonly title_en?: string | null;
  readonly subtitle: string;
  readonly subtitle_en?: string | null;
  readonly subject: string;
  readonly language: string;
  readonly cover: string;
  readonly host: User;
  readonly price: Money | null;
  readonly n_lessons: number;
  readonly n_live_lessons: number;
  readonly duration_s: number;
  readonly owned: boolean;
}
export interface Outline {
  readonly at_s: number;
  readonly title: string;
  readonly title_en?: string | null;
}
export interface Lesson {
  readonly id: string;
  readonly course_id: string;
  readonly chapter: string;
  readonly chapter_en?: string | null;
  readonly position: number;
  readonly title: string;
  readonly title_en?: string | null;
  readonly kind: "video" | "text" | "live";
  readonly duration_s: number;
  readonly is_preview: boolean;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly outline: readonly Outline[];
  readonly room_id: string | null;
  readonly state: "upcoming" | "live" | "ended" | null;
  readonly product: Product | null;
  readonly entitled: boolean;
}
export interface Course extends CourseCard {
  readonly description: string;
  readonly description_en?: string | null;
  readonly lessons: readonly Lesson[];
  readonly product: Product | null;
  readonly live_now: {
    readonly room_id: string;
    readonly lesson_id: string;
    readonly started_at: string | null;
    readonly title: string;
    readonly title_en?: string | null;
  } | null;
}
export interface Resume {
  readonly course_id: string;
  readonly lesson_id: string;
  readonly title: string;
  readonly title_en?: string | null;
  readonly course_title: string;
  readonly course_title_en?: string | null;
  readonly state: "live" | "upcoming" | "open";
  readonly room_id: string | null;
  readonly starts_at: string | null;
  readonly position_s: number;
  readonly duration_s: number;
  readonly cover: string;
}
export interface Home {
  readonly lead: RoomCard | null;
  readonly live: readonly RoomCard[];
  readonly timetable: readonly TimetableEntry[];
  readonly courses: readonly CourseCard[];
  readonly continue: readonly Resume[];
  readonly revenue_split: { readonly host_percent: number; readonly platform_percent: number };
}
export interface GiftKind {
  readonly id: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly coins: number;
  readonly value: Money;
}
export interface Tier {
  readonly coins: number;
  readonly value: Money;
  readonly pin_s: number;
}
export interface Access {
  readonly entitled: boolean;
  readonly reason: string | null;
  readonly until: string | null;
  readonly preview_left_s: number;
}
export type RoomStateName = "off_air" | "waiting" | "on_air" | "interrupted" | "ended";
export interface Room {
  readonly id: string;
  readonly title: string;
  readonly title_en?: string | null;
  readonly cover: string;
  readonly host: User;
  readonly state: RoomStateName;
  readonly live_session: {
    readonly id: string;
    readonly lesson_id: string | null;
    readonly course_id: string | null;
    readonly title: string;
    readonly title_en?: string | null;
    readonly started_at: string;
    readonly outline: readonly Outline[];
    readonly interrupted_at: string | null;
  } | null;
  readonly next_lesson: Lesson | null;
  readonly n_viewers: number;
  readonly product: Product | null;
  readonly access: Access;
  readonly is_host: boolean;
  readonly is_moderator: boolean;
  readonly gift_kinds: readonly GiftKind[];
  readonly super_chat_tiers: readonly Tier[];
  readonly chat: { readonly slow_mode_s: number; readonly max_length: number };
  readonly cut_off: { readonly at: string; readonly reason: string } | null;
}
export interface Playback {
  readonly flv: string;
  readonly hls: string;
  readonly expires_at: string;
  readonly kind: "full" | "preview";
  readonly preview_left_s?: number | null;
}
export interface Payment {
  readonly id: string;
  readonly state: "created" | "sent" | "pending" | "captured" | "failed" | "closed";
  readonly method: string;
  readonly gateway: string;
  readonly amount: Money;
}
export interface Order {
  readonly id: string;
  readonly state: string;
  readonly total: Money;
  readonly expires_at: string;
  readonly payments: readonly Payment[];
}
export interface Entitlement {
  readonly product_id: string;
  readonly kind: string;
  readonly title: string;
  readonly title_en?: string | null;
  readonly course_id: string | null;
  readonly lesson_id: string | null;
  readonly room_id: string | null;
  readonly from: string;
  readonly until: string | null;
  readonly cover: string | null;
  readonly state: string | null;
}
export interface Wallet {
  readonly currency: string;
  readonly available: number;
  readonly held: number;
  readonly value_minor: number;
  readonly backing: string;
  readonly month_spent_minor: number;
  readonly month_cap_minor: number;
  readonly day_cap_minor: number;
  readonly tip_cap_minor: number;
  readonly packs: readonly { readonly product_id: string; readonly coins: number; readonly price: Money }[];
  readonly is_adult_verified: boolean;
}
export interface StatementRow {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly title_code: string;
  readonly title_fields: Readonly<Record<string, string | number>>;
  readonly voucher: string;
  readonly delta: number;
  readonly balance_after: number;
  readonly group_count: number | null;
  readonly is_held: boolean;
}
export interface Statement extends Page<StatementRow> {
  readonly proof: {
    readonly period_start: string;
    readonly opening: number;
    readonly received: number;
    readonly spent: number;
    readonly held: number;
    readonly available: number;
  };
}
export interface StudioNumbers {
  readonly state: RoomStateName;
  readonly n_viewers: number;
  readonly n_viewers_peak: number;
  readonly peak_at: string | null;
  readonly danmaku_per_minute: number;
  readonly n_danmaku: number;
  readonly n_gifts: number;
  readonly revenue: {
    readonly currency: string;
    readonly total_minor: number;
    readonly lines: readonly { readonly kind: string; readonly count: number; readonly amount_minor: number }[];
    readonly checked_at: string;
    readonly agrees_with_ledger: boolean;
  };
  readonly stream: {
    readonly is_publishing: boolean;
    readonly bitrate_kbps: number;
    readonly fps: number;
    readonly width: number;
    readonly height: number;
    readonly key_frame_interval_s: number;
    readonly dropped: number;
    readonly problem_code: string | null;
  } | null;
  readonly series: readonly {
    readonly at: string;
    readonly n_viewers: number;
    readonly revenue_minor: number;
    readonly danmaku: number;
  }[];
}
