// Language, theme and danmaku follow an account to another device. The browser keeps its own copy:
// it holds for those who are not logged in, and for what accounts do not keep.
import { get, put } from "../../api/client";
import { i18n, setLanguage } from "../../i18n/i18n.svelte";
import type { Language } from "../../i18n/i18n.svelte";
import { danmaku, keepSettings, merged } from "../../player/settings.svelte";
import type { DanmakuSettings } from "../../player/settings.svelte";
import { setTheme, theme } from "../../ui/theme.svelte";
import type { Theme } from "../../ui/theme.svelte";

interface Preferences {
  readonly language?: Language;
  readonly theme?: Theme;
  readonly danmaku?: Readonly<Record<string, unknown>>;
}

/** Ours and the account's name of what both keep. */
const NAMES: readonly (readonly [keyof DanmakuSettings, string])[] = [
  ["isOn", "is_on"], ["area", "area"], ["density", "density"], ["opacity", "opacity"], ["size", "size"],
  ["seconds", "seconds"], ["isMerged", "is_merged"], ["hasEffects", "has_effects"], ["blockWords", "block_words"],
  ["form", "form"], ["isKeptOff", "is_kept_off"], ["cells", "cells"],
];
const PAUSE_MS = 800;
let told = "";
let isWithAccount = false;
let timer: ReturnType<typeof setTimeout> | undefined;

function current(): Preferences {
  const kept = Object.fromEntries(NAMES.map(([ours, theirs]) => [theirs, danmaku[ours]]));
  return { language: i18n.language, theme: theme.current, danmaku: kept };
}

function take(found: Preferences): void {
  if (found.language && found.language !== i18n.language) setLanguage(found.language);
  if (found.theme && found.theme !== theme.current) setTheme(found.theme);
  const kept = found.danmaku ?? {};
  const ours = NAMES.filter(([, theirs]) => kept[theirs] !== undefined).map(([name, theirs]) => [name, kept[theirs]]);
  Object.assign(danmaku, merged({ ...danmaku }, Object.fromEntries(ours)));
  keepSettings();
}

/** Takes over what the account has set; what it lacks stays as this browser has it. */
export async function loadPreferences(): Promise<void> {
  try {
    take(await get<Preferences>("/me/preferences"));
    told = JSON.stringify(current());
    isWithAccount = true;
  } catch {
    isWithAccount = false;
  }
}

export function leavePreferences(): void {
  isWithAccount = false;
  clearTimeout(timer);
}

/** Call when something may have changed; tells the account a moment later, once. */
export function tellPreferences(): void {
  const now = JSON.stringify(current());
  if (!isWithAccount || now === told) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    put("/me/preferences", JSON.parse(now)).then(() => (told = now), () => undefined);
  }, PAUSE_MS);
}
