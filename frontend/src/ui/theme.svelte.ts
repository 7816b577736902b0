// Light, dark, or as the system has it.

export type Theme = "light" | "dark" | "auto";
const STORED = "livelore.theme";
const NEXT: Record<Theme, Theme> = { auto: "dark", dark: "light", light: "auto" };

const stored = globalThis.localStorage?.getItem(STORED);
const held = $state<{ theme: Theme }>({ theme: stored === "light" || stored === "dark" ? stored : "auto" });

export const theme = {
  get current(): Theme {
    return held.theme;
  },
  get next(): Theme {
    return NEXT[held.theme];
  },
};

export function setTheme(chosen: Theme): void {
  held.theme = chosen;
  if (chosen === "auto") {
    delete document.documentElement.dataset["theme"];
    localStorage.removeItem(STORED);
  } else {
    document.documentElement.dataset["theme"] = chosen;
    localStorage.setItem(STORED, chosen);
  }
}
