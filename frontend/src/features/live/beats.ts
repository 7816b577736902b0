// Heart-beats of watching: each carries all that was watched so far, so a lost one costs nothing.
import { request } from "../../api/client";

const BEAT_MS = 15_000;
const STEP_MS = 1000;

/** Begins to count; the returned function ends it with a last beat. */
export function watchBeats(liveSessionId: string, roomId: string): () => void {
  const watchId = crypto.randomUUID();
  let beat = 0;
  let watchedMs = 0;
  let lastAt = performance.now();
  let sentAt = performance.now();

  function send(keepalive: boolean): void {
    beat += 1;
    sentAt = performance.now();
    const event = {
      id: crypto.randomUUID(),
      type: "watch_heartbeat",
      version: 1,
      item_id: liveSessionId,
      room_id: roomId,
      watch_id: watchId,
      beat,
      watched_ms: Math.round(watchedMs),
    };
    request("POST", "/interactions", { body: { events: [event] }, keepalive }).catch(() => undefined);
  }
  const timer = setInterval(() => {
    const now = performance.now();
    const video = document.querySelector("video");
    if (video && !video.paused && !document.hidden) watchedMs += Math.min(now - lastAt, 2 * STEP_MS);
    lastAt = now;
    if (now - sentAt >= BEAT_MS && watchedMs > 0) send(false);
  }, STEP_MS);
  const leave = (): void => send(true);
  addEventListener("pagehide", leave);
  return () => {
    clearInterval(timer);
    removeEventListener("pagehide", leave);
    if (watchedMs > 0) send(true);
  };
}
