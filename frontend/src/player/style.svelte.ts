// How one's own danmaku look: where they go and their colour; kept in the browser.
import type { Mode } from "./lanes.rules";

export const MODES: readonly Mode[] = ["scroll", "top", "bottom"];
/** The colours that the server knows (`live/chat/model.py`), with the names that people are told. */
export const COLORS = [
  { value: "#ffffff", name: "white" },
  { value: "#ffd166", name: "amber" },
  { value: "#7bdcb5", name: "mint" },
  { value: "#8ecbff", name: "sky" },
  { value: "#ffa8c5", name: "pink" },
  { value: "#c9b6ff", name: "violet" },
] as const;

export interface Style {
  mode: Mode;
  color: string;
}

const STORED = "livelore.style";
const PLAIN: Style = { mode: "scroll", color: "#ffffff" };

function read(): Style {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Style>;
    return {
      mode: MODES.find((mode) => mode === kept.mode) ?? PLAIN.mode,
      color: COLORS.find(({ value }) => value === kept.color)?.value ?? PLAIN.color,
    };
  } catch {
    return { ...PLAIN };
  }
}

export const style = $state<Style>(read());

export function keepStyle(): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(style));
  } catch {
    /* storage is off: the choice holds for this visit */
  }
}
