// Every message of a room's socket, as CONTRACT section 5 has them.

export interface Speaker {
  readonly id: string;
  readonly name: string;
  readonly avatar: number;
  readonly role: "host" | "moderator" | null;
}
interface Base {
  readonly seq: number;
  readonly ts: number;
}
export interface Danmaku extends Base {
  readonly type: "danmaku";
  readonly user: Speaker;
  readonly text: string;
  readonly second: number | null;
  readonly mode: "scroll" | "top" | "bottom";
  readonly color: string | null;
  readonly client_id: string | null;
}
export interface GiftMessage extends Base {
  readonly type: "gift";
  readonly gift_id: string;
  readonly user: Speaker | null;
  readonly gift_kind_id: string;
  readonly count: number;
  readonly combo_id: string | null;
  readonly combo_count: number;
}
export interface SuperChat extends Base {
  readonly type: "super_chat";
  readonly gift_id: string;
  readonly user: Speaker | null;
  readonly text: string;
  readonly coins: number | null;
  readonly pin_s: number;
  readonly pinned_until: number;
}
export interface Presence extends Base {
  readonly type: "presence";
  readonly n_viewers: number;
}
export interface RoomNotice extends Base {
  readonly type: "notice";
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number>>;
}
export interface Deleted extends Base {
  readonly type: "deleted";
  readonly target_seq: number;
}
export interface Ended extends Base {
  readonly type: "end";
  readonly live_session_id: string | null;
}
export type RoomEvent = Danmaku | GiftMessage | SuperChat | Presence | RoomNotice | Deleted | Ended;
export type Shown = Danmaku | GiftMessage | SuperChat;
export interface Hello extends Base {
  readonly type: "hello";
  readonly state: string;
  readonly live_session_id: string | null;
  readonly n_viewers: number;
  readonly recent: readonly RoomEvent[];
  readonly pinned: readonly SuperChat[];
  readonly gap: boolean;
  readonly you: { readonly user_id: string | null; readonly may_speak: boolean; readonly muted_until: number | null };
}
export interface SocketError {
  readonly type: "error";
  readonly seq: 0;
  readonly ts: number;
  readonly code: string;
  readonly client_id: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}
export interface Pong {
  readonly type: "pong";
  readonly seq: 0;
}
export type Incoming = RoomEvent | Hello | SocketError | Pong;
