// Keeps so many texts in flight and notes the time between two frames.
import { mergeKey } from "../src/player/lanes.rules";
import "../src/ui/tokens.css";
import "../src/ui/components.css";
import "../src/ui/app.css";
import { ENGINES } from "./engines";
import type { Wanted } from "./engines";

interface Found {
  readonly frames_ms: number[];
  readonly on_screen: number[];
  readonly flown: number;
}
const WORDS = ["老师讲得真好", "这一步为什么", "懂了", "先记下来", "切线就是局部的直线", "哈哈哈", "回放在哪里看", "原来如此"];

function fly(name: string, wanted: Wanted, warmMs: number, forMs: number): Promise<Found> {
  const stage = document.getElementById("stage");
  const make = ENGINES[name];
  if (!stage || !make) throw new Error(`no engine ${name}`);
  const engine = make(stage, wanted);
  const [frames, onScreen]: [number[], number[]] = [[], []];
  const started = performance.now();
  let before = started;
  let flown = 0;
  return new Promise((done) => {
    const frame = (): void => {
      const now = performance.now();
      const due = ((now - started) / wanted.crossMs) * wanted.onScreen;
      while (flown < due && engine.fly(`${WORDS[flown % WORDS.length] ?? ""} ${flown}`)) flown += 1;
      if (now - started > warmMs) {
        frames.push(now - before);
        onScreen.push(engine.count());
      }
      before = now;
      if (now - started < warmMs + forMs) requestAnimationFrame(frame);
      else done({ frames_ms: frames, on_screen: onScreen, flown });
    };
    requestAnimationFrame(frame);
  });
}

declare global {
  interface Window {
    bench: { fly: typeof fly; keys: (texts: string[]) => string[] };
  }
}
window.bench = { fly, keys: (texts) => texts.map(mergeKey) };
