// What a room's messages make of what is shown. Pure: snapshot and events in, the next picture out.
// A message whose number is not above the last one was seen already: resuming may repeat, never double.
import type { Hello, RoomEvent, Shown, SuperChat } from "./events";

export const MESSAGES_MAX = 200;

export interface RoomPicture {
  readonly lastSeq: number;
  readonly nViewers: number;
  readonly messages: readonly Shown[];
  readonly pinned: readonly SuperChat[];
  readonly isEnded: boolean;
  readonly lostAt: number | null;
}

export const EMPTY: RoomPicture = { lastSeq: 0, nViewers: 0, messages: [], pinned: [], isEnded: false, lostAt: null };

const isShown = (event: RoomEvent): event is Shown =>
  event.type === "danmaku" || event.type === "gift" || event.type === "super_chat";

function trimmed(messages: readonly Shown[]): readonly Shown[] {
  return messages.length > MESSAGES_MAX ? messages.slice(-MESSAGES_MAX) : messages;
}

/** The picture of a snapshot; what was shown before and is in the past stays when there is no gap. */
export function fromHello(hello: Hello, before: RoomPicture): RoomPicture {
  const recent = hello.recent.filter(isShown);
  const first = recent[0]?.seq ?? hello.seq + 1;
  const kept = hello.gap ? [] : before.messages.filter((message) => message.seq < first);
  return {
    lastSeq: hello.seq,
    nViewers: hello.n_viewers,
    messages: trimmed([...kept, ...recent]),
    pinned: hello.pinned,
    isEnded: hello.state === "ended",
    lostAt: hello.state === "interrupted" ? before.lostAt ?? hello.ts : null,
  };
}

/** The picture after one event. */
export function after(picture: RoomPicture, event: RoomEvent): RoomPicture {
  if (event.type === "presence") return { ...picture, nViewers: event.n_viewers };
  if (event.seq <= picture.lastSeq) return picture;
  const next = { ...picture, lastSeq: event.seq };
  switch (event.type) {
    case "danmaku":
    case "gift":
      return { ...next, messages: withShown(picture.messages, event) };
    case "super_chat":
      return {
        ...next,
        messages: withShown(picture.messages, event),
        pinned: [...picture.pinned.filter((each) => each.gift_id !== event.gift_id), event],
      };
    case "deleted":
      return {
        ...next,
        messages: picture.messages.filter((message) => message.seq !== event.target_seq),
        pinned: picture.pinned.filter((message) => message.seq !== event.target_seq),
      };
    case "notice":
      if (event.code === "stream.lost") return { ...next, lostAt: event.ts };
      if (event.code === "stream.back" || event.code === "live.started")
        return { ...next, lostAt: null, isEnded: false };
      return next;
    case "end":
      return { ...next, isEnded: true, lostAt: null };
  }
}

/** Presses of one combo are one line, counted up. */
function withShown(messages: readonly Shown[], event: Shown): readonly Shown[] {
  if (event.type === "gift" && event.combo_id !== null) {
    const kept = messages.filter((each) => each.type !== "gift" || each.combo_id !== event.combo_id);
    return trimmed([...kept, event]);
  }
  return trimmed([...messages, event]);
}

/** Super chats still pinned at a moment, the last one on top, the others wait as pills. On top is the latest to end,
 * then who was first: the order of the server's snapshot, so that nothing later takes the place of what stays longer. */
export function onTop(pinned: readonly SuperChat[], now: number): readonly SuperChat[] {
  return pinned
    .filter((each) => each.pinned_until > now)
    .sort((a, b) => a.pinned_until - b.pinned_until || b.seq - a.seq);
}
