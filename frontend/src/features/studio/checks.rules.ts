// What should be right before a class begins; each is ok, still awaited, or to be mended.
import type { Room, StudioNumbers } from "../../api/types";

export interface Check {
  readonly name: "title" | "time" | "price" | "picture" | "sound";
  readonly state: "ok" | "wait" | "bad";
  readonly words: string;
  readonly values: Readonly<Record<string, string | number>>;
}
type Stream = StudioNumbers["stream"];

const HEIGHT_LEAST = 480;
const FPS_LEAST = 15;

function picture(stream: Stream): Check {
  if (!stream?.is_publishing || !stream.height) return { name: "picture", state: "wait", words: "check.picture_wait", values: {} };
  const values = { w: stream.width, h: stream.height, fps: Math.round(stream.fps), rate: (stream.bitrate_kbps / 1000).toFixed(1) };
  const isPoor = stream.height < HEIGHT_LEAST || stream.fps < FPS_LEAST;
  return { name: "picture", state: isPoor ? "bad" : "ok", words: isPoor ? "check.picture_poor" : "check.picture_ok", values };
}

function sound(stream: Stream): Check {
  if (!stream?.is_publishing) return { name: "sound", state: "wait", words: "check.sound_wait", values: {} };
  return { name: "sound", state: stream.has_audio ? "ok" : "bad", words: stream.has_audio ? "check.sound_ok" : "check.sound_bad", values: {} };
}

/** The list before a class, from the room as it is and the stream as it arrives. */
export function checksOf(room: Pick<Room, "next_lesson" | "product">, stream: Stream): readonly Check[] {
  const lesson = room.next_lesson;
  return [
    { name: "title", state: "ok", words: "", values: {} },
    { name: "time", state: lesson?.starts_at ? "ok" : "bad", words: "check.time_none", values: {} },
    { name: "price", state: lesson ? "ok" : "bad", words: "check.price_none", values: {} },
    picture(stream),
    sound(stream),
  ];
}
