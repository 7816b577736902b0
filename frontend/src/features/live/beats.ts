// Heart-beats of watching: what was watched is told until the server has it, also from the next visit.
import { request } from "../../api/client";
import { serverNow, session } from "../../session.svelte";
import { begun, confirmed, looked, told } from "./beats.rules";
import type { Span, Watched } from "./beats.rules";

const BEAT_MS = 15_000;
const STEP_MS = 1000;
/** A visit that has said nothing for so long is over: another one tells what it left. */
const LEFT_MS = 30_000;
const STORED = "livelore.beats.";

interface Kept {
  readonly watchId: string;
  readonly itemId: string;
  readonly roomId: string;
  readonly userId: string | null;
  readonly beat: number;
  readonly at: number;
  readonly totalMs: number;
  readonly spans: readonly Span[];
}

const userId = (): string | null => session.value.user?.id ?? null;

/** Tells spans; gives the number of the last beat once the server has them all. */
async function tell(kept: Kept, keepalive: boolean): Promise<number> {
  const now = serverNow();
  const portions = told(kept.spans, now);
  const events = portions.map((spans, index) => ({
    id: crypto.randomUUID(),
    type: "watch_heartbeat",
    version: 1,
    at: new Date(now).toISOString(),
    item_id: kept.itemId,
    room_id: kept.roomId,
    watch_id: kept.watchId,
    beat: kept.beat + index + 1,
    watched_ms: Math.round(kept.totalMs),
    spans,
  }));
  if (events.length) await request("POST", "/interactions", { body: { events }, keepalive });
  return kept.beat + events.length;
}

function keep(kept: Kept): void {
  try {
    if (kept.spans.length) localStorage.setItem(STORED + kept.watchId, JSON.stringify(kept));
    else localStorage.removeItem(STORED + kept.watchId);
  } catch {
    /* storage is full or off: then only this visit can tell */
  }
}

/** Tells what earlier visits of the same person could not. */
function tellLeft(): void {
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(STORED))) {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "") as Kept;
      if (kept.userId !== userId() || serverNow() - kept.at < LEFT_MS) continue;
      tell(kept, false).then(() => localStorage.removeItem(key), () => undefined);
    } catch {
      localStorage.removeItem(key);
    }
  }
}

const isPlaying = (video: HTMLVideoElement | null): boolean =>
  video !== null && !video.paused && !video.ended && video.readyState >= 3 && !document.hidden;

/** Begins to count; the returned function ends it with a last beat. */
export function watchBeats(itemId: string, roomId: string): () => void {
  const head = { watchId: crypto.randomUUID(), itemId, roomId, userId: userId() };
  let watched: Watched = begun(serverNow());
  let beat = 0;
  let sentAt = watched.at;

  const kept = (): Kept => ({ ...head, beat, at: watched.at, totalMs: watched.totalMs, spans: watched.spans });
  function look(): void {
    watched = looked(watched, serverNow(), isPlaying(document.querySelector("video.screen")));
  }
  function send(keepalive: boolean): void {
    look();
    sentAt = watched.at;
    const sent = kept();
    keep(sent);
    beat += told(sent.spans, watched.at).length;
    tell(sent, keepalive).then(
      () => {
        watched = confirmed(watched, sent.at);
        keep(kept());
      },
      () => undefined,
    );
  }
  function step(): void {
    look();
    if (watched.at - sentAt >= BEAT_MS && watched.spans.length) send(false);
  }
  function left(): void {
    if (document.hidden) send(true);
    else look();
  }
  const leave = (): void => send(true);
  const timer = setInterval(step, STEP_MS);
  const moments = ["playing", "pause", "waiting", "ended", "emptied"] as const;
  for (const name of moments) document.addEventListener(name, look, true);
  document.addEventListener("visibilitychange", left);
  addEventListener("pagehide", leave);
  tellLeft();
  return () => {
    clearInterval(timer);
    for (const name of moments) document.removeEventListener(name, look, true);
    document.removeEventListener("visibilitychange", left);
    removeEventListener("pagehide", leave);
    send(true);
  };
}
