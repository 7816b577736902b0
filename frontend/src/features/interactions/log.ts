// Tells the server what people did on a page: gathered for a moment, sent together, sent again when lost.
import { Problem, request } from "../../api/client";
import { pauseMs } from "../../realtime/retry.rules";
import { serverNow } from "../../session.svelte";
import { added, answered, isPassing, nextBatch } from "./batch.rules";

export type Kind = "live_session" | "lesson" | "course";
export interface Item {
  readonly item_id: string;
  readonly item_kind: Kind;
  /** The slot of a page, such as `home.lead`. */
  readonly place: string;
  readonly position: number;
}
type Told =
  | ({ readonly type: "impression" | "click" } & Item)
  | { readonly type: "room_enter"; readonly room_id: string; readonly live_session_id: string | null }
  | { readonly type: "room_leave"; readonly room_id: string; readonly live_session_id: string | null; readonly stayed_ms: number };
type Act = Told & { readonly id: string; readonly version: 1; readonly at: string };

const GATHER_MS = 2000;
let waiting: readonly Act[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let isSending = false;

export function tell(told: Told): void {
  const at = new Date(serverNow()).toISOString();
  waiting = added(waiting, { ...told, id: crypto.randomUUID(), version: 1, at });
  later(GATHER_MS);
}

function later(ms: number): void {
  timer ??= setTimeout(() => void flush(false), ms);
}

async function flush(isLeaving: boolean): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  if (!waiting.length || (isSending && !isLeaving)) return;
  const batch = nextBatch(waiting);
  isSending = true;
  try {
    await request("POST", "/interactions", { body: { events: batch }, keepalive: isLeaving });
    waiting = answered(waiting, batch);
    tries = 0;
  } catch (error) {
    tries += 1;
    if (!(error instanceof Problem && isPassing(error.status))) waiting = answered(waiting, batch);
  } finally {
    isSending = false;
  }
  if (waiting.length) later(tries ? GATHER_MS + pauseMs(tries, Math.random()) : 0);
}

addEventListener("pagehide", () => void flush(true));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) void flush(true);
});
