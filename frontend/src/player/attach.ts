// The picture into a video element: HTTP-FLV by mpegts.js, LL-HLS by hls.js or the browser itself.
// Both players are fetched only when somebody watches.
import type { Playback } from "../api/types";

export type Transport = "flv" | "hls";
export interface Attached {
  latencyS: () => number | null;
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

function edgeLatency(video: HTMLVideoElement): number | null {
  const { buffered } = video;
  return buffered.length ? buffered.end(buffered.length - 1) - video.currentTime : null;
}

async function attachFlv(video: HTMLVideoElement, url: string, source: Source): Promise<Attached> {
  const { default: mpegts } = await import("mpegts.js");
  mpegts.LoggingControl.enableAll = false;
  const player = mpegts.createPlayer(
    { type: "flv", isLive: true, url: new URL(url, location.href).href },
    {
      enableStashBuffer: false,
      lazyLoad: false,
      liveBufferLatencyChasing: true,
      liveBufferLatencyMaxLatency: 1.0,
      liveBufferLatencyMinRemain: 0.25,
      autoCleanupSourceBuffer: true,
    },
  );
  player.on(mpegts.Events.ERROR, () => source.onfail());
  player.on(mpegts.Events.LOADING_COMPLETE, () => source.onfail());
  player.attachMediaElement(video);
  player.load();
  return { latencyS: () => edgeLatency(video), detach: () => player.destroy() };
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
    detach: () => {
      video.removeEventListener("error", fail);
      video.removeAttribute("src");
      video.load();
    },
  };
}
