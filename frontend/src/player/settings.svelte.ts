// How danmaku are shown: each change shows at once; kept in the browser, and with the account when there is one.

export interface DanmakuSettings {
  isOn: boolean;
  /** Crossing the picture, or as a still list at its lower left. */
  form: "fly" | "list";
  area: 0.25 | 0.5 | 1;
  density: number;
  opacity: number;
  size: number;
  seconds: number;
  /** Whether the marked cells of the picture stay free. */
  isKeptOff: boolean;
  cells: number[];
  isMerged: boolean;
  hasEffects: boolean;
  blockWords: string[];
}

const STORED = "livelore.danmaku";
export const DEFAULTS: DanmakuSettings = {
  isOn: true,
  form: "fly",
  area: 0.25,
  density: 12,
  opacity: 90,
  size: 100,
  seconds: 8,
  isKeptOff: true,
  cells: [],
  isMerged: true,
  hasEffects: false,
  blockWords: [],
};

/** What was kept, as far as it has the right kind; the rest as by default. */
export function merged(start: DanmakuSettings, kept: unknown): DanmakuSettings {
  if (typeof kept !== "object" || kept === null) return start;
  const known = Object.entries(kept).filter(([name, value]) => {
    const usual: unknown = start[name as keyof DanmakuSettings];
    return usual !== undefined && typeof usual === typeof value && Array.isArray(usual) === Array.isArray(value);
  });
  return { ...start, ...(Object.fromEntries(known) as Partial<DanmakuSettings>) };
}

function read(): DanmakuSettings {
  const isCalm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
  const start: DanmakuSettings = { ...DEFAULTS, form: isCalm ? "list" : "fly" };
  try {
    return merged(start, JSON.parse(localStorage.getItem(STORED) ?? "{}"));
  } catch {
    return start;
  }
}

export const danmaku = $state<DanmakuSettings>(read());

export function keepSettings(): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(danmaku));
  } catch {
    /* storage is off: the settings hold for this visit */
  }
}
