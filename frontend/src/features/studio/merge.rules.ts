// Repeated danmaku as one line with a count, newest first.
import { mergeKey } from "../../player/lanes.rules";
import type { Danmaku, Shown } from "../../realtime/events";

export interface Line {
  readonly message: Danmaku;
  readonly count: number;
}
const LINES_MAX = 14;

export function merged(messages: readonly Shown[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const message of messages) {
    if (message.type !== "danmaku") continue;
    const key = mergeKey(message.text);
    const before = lines.get(key);
    lines.delete(key);
    lines.set(key, { message, count: (before?.count ?? 0) + 1 });
  }
  return [...lines.values()].slice(-LINES_MAX).reverse();
}
