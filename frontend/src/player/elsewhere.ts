// One window of a browser plays a room at a time: the newest one; the others stop and say so.
// Other devices are not told: that is for the server, which counts no devices yet.

export interface Claim {
  /** Takes the picture back to this window. */
  take: () => void;
  end: () => void;
}

/** Begins to watch here; `onlost` is called when another window begins. */
export function claimWatching(roomId: string, onlost: () => void): Claim {
  if (typeof BroadcastChannel === "undefined") return { take: () => undefined, end: () => undefined };
  const channel = new BroadcastChannel(`livelore.watching.${roomId}`);
  channel.onmessage = onlost;
  const take = (): void => channel.postMessage("here");
  take();
  return { take, end: () => channel.close() };
}
