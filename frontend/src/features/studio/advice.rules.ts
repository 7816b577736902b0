// The one thing to do now, by rule from measured figures; nothing a machine made up.
import type { StudioNumbers } from "../../api/types";
import type { Values } from "../../i18n/i18n.svelte";

export interface Advice {
  readonly code: "lost" | "keyframes" | "late" | "audio" | "well" | "starting";
  readonly fields: Values;
}

const BY_PROBLEM: Readonly<Record<string, Advice["code"]>> = {
  "streams.key_frames_rare": "keyframes",
  "streams.encoder_late": "late",
  "streams.audio_not_aac": "audio",
};

export function adviceOf(numbers: StudioNumbers | null, lostS: number | null): Advice {
  if (!numbers) return { code: "starting", fields: {} };
  if (lostS !== null) return { code: "lost", fields: { n: lostS } };
  const problem = numbers.stream?.problem_code;
  const code = problem ? BY_PROBLEM[problem] : undefined;
  if (code) {
    return { code, fields: { s: (numbers.stream?.key_frame_interval_s ?? 0).toFixed(1), n: numbers.stream?.dropped ?? 0 } };
  }
  return { code: "well", fields: { n: numbers.n_viewers, rate: numbers.danmaku_per_minute } };
}
