// The picture into a video element: HTTP-FLV by mpegts.js, LL-HLS by hls.js or the browser itself.
// Both players are fetched only when somebody watches.
import type { Playback } from "../api/types";
import { catchUp } from "./seek.rules";
import type { Buffered } from "./seek.rules";

export type Transport = "flv" | "hls";
export interface Attached {
  latencyS: () => number | null;
  /** Whether to stay at the edge; false after going back on purpose. */
  follow: (isFollowing: boolean) => void;
  detach: () => void;
}
export interface Source {
  /** Fresh addresses: they work for a minute. */
  renew: () => Promise<Playback>;
  onfail: () => void;
}

const RENEW_MS = 40_000;

export function canFlv(): boolean {
  return typeof MediaSource !== "undefined";
}

export async function attach(video: HTMLVideoElement, transport: Transport, source: Source): Promise<Attached> {
  const urls = await source.renew();
  if (transport === "flv" && canFlv()) return attachFlv(video, urls.flv, source);
  if (typeof MediaSource === "undefined" && video.canPlayType("application/vnd.apple.mpegurl")) {
    return attachNative(video, urls.hls, source);
  }
  return attachHls(video, urls.hls, source);
}

/** The newest stretch that is there; null before the first picture. */
export function bufferedOf({ buffered }: HTMLVideoElement): Buffered | null {
  const last = buffered.length - 1;
  return last < 0 ? null : { start: buffered.start(last), end: buffered.end(last) };
}

function edgeLatency(video: HTMLVideoElement): number | null {
  const there = bufferedOf(video);
  return there && there.end - video.currentTime;
}

/** Keeps a playing picture at the edge, until it is told not to. */
function chase(video: HTMLVideoElement): Pick<Attached, "follow" | "detach"> {
  let isFollowing = true;
  const look = (): void => {
    const there = bufferedOf(video);
    const at = isFollowing && !video.paused && there ? catchUp(video.currentTime, there) : null;
    if (at !== null) video.currentTime = at;
  };
  const moments = ["progress", "timeupdate", "playing"] as const;
  for (const name of moments) video.addEventListener(name, look);
  return {
    follow: (next) => (isFollowing = next),
    detach: () => {
      for (const name of moments) video.removeEventListener(name, look);
    },
  };
}

async function attachFlv(video: HTMLVideoElement, url: string, source: Source): Promise<Attached> {
  const { default: mpegts } = await import("mpegts.js");
  mpegts.LoggingControl.enableAll = false;
  const player = mpegts.createPlayer(
    { type: "flv", isLive: true, url: new URL(url, location.href).href },
    {
      enableStashBuffer: false,
      lazyLoad: false,
      // Our own chase: mpegts.js would also pull back somebody who went back on purpose.
      liveBufferLatencyChasing: false,
      autoCleanupSourceBuffer: true,
    },
  );
  player.on(mpegts.Events.ERROR, () => source.onfail());
  player.on(mpegts.Events.LOADING_COMPLETE, () => source.onfail());
  player.attachMediaElement(video);
  player.load();
  const { follow, detach } = chase(video);
  return {
    latencyS: () => edgeLatency(video),
    follow,
    detach: () => {
      detach();
      player.destroy();
    },
  };
}

async function attachHls(video: HTMLVideoElement, url: string, source: Source): Promise<Attached> {
  const { default: Hls } = await import("hls.js/light");
  let token = new URL(url, location.href).searchParams.get("token") ?? "";
  const timer = setInterval(() => {
    source.renew().then(
      (fresh) => (token = new URL(fresh.hls, location.href).searchParams.get("token") ?? token),
      () => source.onfail(),
    );
  }, RENEW_MS);
  const player = new Hls({
    lowLatencyMode: true,
    backBufferLength: 30,
    xhrSetup: (xhr, wanted) => {
      const address = new URL(wanted, location.href);
      address.searchParams.set("token", token);
      xhr.open("GET", address.href, true);
    },
  });
  player.on(Hls.Events.ERROR, (_event, data) => {
    if (data.fatal) source.onfail();
  });
  player.loadSource(url);
  player.attachMedia(video);
  return {
    latencyS: () => player.latency || null,
    follow: () => undefined,
    detach: () => {
      clearInterval(timer);
      player.destroy();
    },
  };
}

function attachNative(video: HTMLVideoElement, url: string, source: Source): Attached {
  video.src = url;
  const fail = (): void => source.onfail();
  video.addEventListener("error", fail);
  return {
    latencyS: () => null,
    follow: () => undefined,
    detach: () => {
      video.removeEventListener("error", fail);
      video.removeAttribute("src");
      video.load();
    },
  };
}
