// Who lets texts fly: the player's own overlay, a naive one, and an engine from npm.
import Peer from "danmaku";
import { mount } from "svelte";
import Danmaku from "../src/player/Danmaku.svelte";
import { danmaku } from "../src/player/settings.svelte";

export interface Wanted {
  readonly onScreen: number;
  readonly crossMs: number;
}
export interface Engine {
  /** False when there was no room for it now. */
  fly(text: string): boolean;
  count(): number;
}
const FONT_PX = 20;

function livelore(stage: HTMLElement, wanted: Wanted): Engine {
  const density = (wanted.onScreen * 1040) / stage.clientWidth;
  Object.assign(danmaku, { isOn: true, area: 1, density, seconds: wanted.crossMs / 1000, isMerged: false });
  const layer = mount(Danmaku, { target: stage });
  const box = stage.querySelector(".dmx");
  return { fly: (text) => layer.fly(text), count: () => box?.childElementCount ?? 0 };
}

/** As one would write it in an afternoon: `left` changes, so every frame is laid out again. */
function naive(stage: HTMLElement, wanted: Wanted): Engine {
  const nLanes = Math.floor(stage.clientHeight / (FONT_PX * 1.75));
  let n = 0;
  return {
    fly(text) {
      const element = document.createElement("span");
      element.textContent = text;
      element.style.cssText = `position:absolute;white-space:nowrap;color:#fff;font:600 ${FONT_PX}px sans-serif;text-shadow:0 0 2px #000`;
      element.style.top = `${(n++ % nLanes) * FONT_PX * 1.75}px`;
      stage.append(element);
      const motion = element.animate(
        [{ left: `${stage.clientWidth}px` }, { left: `${-element.offsetWidth}px` }],
        { duration: wanted.crossMs, easing: "linear" },
      );
      motion.onfinish = () => element.remove();
      return true;
    },
    count: () => stage.childElementCount,
  };
}

function peer(kind: "dom" | "canvas") {
  return (stage: HTMLElement, wanted: Wanted): Engine => {
    const speed = stage.clientWidth / (wanted.crossMs / 1000);
    const engine = new Peer({ container: stage, engine: kind, comments: [], speed });
    const style =
      kind === "dom"
        ? { fontSize: `${FONT_PX}px`, fontWeight: "600", color: "#fff", textShadow: "0 0 2px #000" }
        : { font: `600 ${FONT_PX}px sans-serif`, fillStyle: "#fff", strokeStyle: "#000", lineWidth: 2 };
    const running = engine as unknown as { _: { runningList: readonly unknown[] } };
    return {
      fly(text) {
        engine.emit({ text, mode: "rtl", style });
        return true;
      },
      count: () => running._.runningList.length,
    };
  };
}

export const ENGINES: Readonly<Record<string, (stage: HTMLElement, wanted: Wanted) => Engine>> = {
  livelore,
  naive_left: naive,
  npm_danmaku_dom: peer("dom"),
  npm_danmaku_canvas: peer("canvas"),
};
