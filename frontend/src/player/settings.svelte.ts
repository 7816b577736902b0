// How danmaku are shown, per browser; each change shows at once.

export interface DanmakuSettings {
  isOn: boolean;
  area: 0.25 | 0.5 | 1;
  density: number;
  opacity: number;
  size: number;
  seconds: number;
  isMerged: boolean;
  hasEffects: boolean;
  blockWords: string[];
}

const STORED = "livelore.danmaku";
export const DEFAULTS: DanmakuSettings = {
  isOn: true,
  area: 0.25,
  density: 12,
  opacity: 90,
  size: 100,
  seconds: 8,
  isMerged: true,
  hasEffects: true,
  blockWords: [],
};

function read(): DanmakuSettings {
  const calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
  const start = { ...DEFAULTS, isOn: !calm, hasEffects: !calm };
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return { ...start, ...(kept as Partial<DanmakuSettings>) };
  } catch {
    return start;
  }
}

export const danmaku = $state<DanmakuSettings>(read());

export function keepSettings(): void {
  localStorage.setItem(STORED, JSON.stringify(danmaku));
}
