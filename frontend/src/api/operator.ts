// Shapes of the operator's desk; names as on the wire.
import type { Money, StudioNumbers, User } from "./types";

export interface BooksCheck {
  readonly at: string;
  readonly difference_minor: number;
  readonly findings: readonly { readonly invariant: number; readonly what: string; readonly fields: unknown }[];
}
export interface Overview {
  readonly at: string;
  readonly currency: string;
  readonly n_rooms: number;
  readonly n_viewers: number;
  readonly n_orders: number;
  readonly paid_minor: number;
  readonly refunded_minor: number;
  readonly n_failed_payments: number;
  readonly n_unmatched: number;
  readonly n_refunds_waiting: number;
  readonly last_check: BooksCheck | null;
}
export interface OnAir {
  readonly room_id: string;
  readonly title: string;
  readonly title_en: string;
  readonly cover: string;
  readonly host_name: string;
  readonly state: string;
  readonly started_at: string;
  readonly n_viewers: number;
  readonly stream: StudioNumbers["stream"];
}
export interface CutRoom {
  readonly room_id: string;
  readonly title: string;
  readonly title_en: string;
  readonly cover: string;
  readonly at: string;
  readonly reason: string;
}
export interface OperatorRooms {
  readonly on_air: readonly OnAir[];
  readonly cut_off: readonly CutRoom[];
}
export interface Books {
  readonly at: string;
  readonly lines: readonly { readonly kind: string; readonly currency: string; readonly debit_minor: number; readonly credit_minor: number }[];
  readonly sums: readonly { readonly currency: string; readonly debit_minor: number; readonly credit_minor: number; readonly difference_minor: number }[];
  readonly last_check: BooksCheck | null;
}
export interface UserRecord {
  readonly user: User;
  readonly created_at: string;
  readonly adult_verified_at: string | null;
  readonly adult_verified_by: string | null;
  readonly locked_at: string | null;
  readonly lock_reason: string | null;
}
export interface Payments {
  readonly notices: Readonly<Record<string, number>>;
  readonly unmatched: readonly { readonly gateway: string; readonly gateway_ref: string; readonly payment_no: string; readonly amount: Money; readonly reason: string }[];
  readonly findings: readonly { readonly gateway: string; readonly day: string; readonly kind: string; readonly ref: string; readonly ours_minor: number | null; readonly theirs_minor: number | null }[];
  readonly n_wrong_entitlements: number;
  readonly wrong_accounts: readonly string[];
  readonly refunds_waiting: readonly { readonly no: string; readonly gateway: string; readonly amount: Money; readonly state: string; readonly reason: string; readonly n_tries: number; readonly created_at: string }[];
}
export interface AuditEntry {
  readonly position: number;
  readonly at: string;
  readonly operator: string;
  readonly act: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly subject_name: string;
  readonly reason: string;
  readonly hash: string;
}
export interface Audit {
  readonly items: readonly AuditEntry[];
  readonly next_cursor: string | null;
  readonly n_entries: number;
  readonly broken_at: number | null;
}
export interface DeadLetter {
  readonly id: string;
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly detail: string;
  readonly sender: string | null;
  readonly body: string;
}
