// Words: one JSON a language, keys with dots, {name} for values. Error codes are keys "error.<code>".
import en from "./en.json";
import zh from "./zh.json";

export type Language = "zh" | "en";
export type Values = Readonly<Record<string, string | number>>;

const TABLES: Record<Language, Record<string, string>> = { zh, en };
const STORED = "livelore.language";

function preferred(): Language {
  const chosen = globalThis.localStorage?.getItem(STORED) ?? globalThis.navigator?.language ?? "zh";
  return /^zh/i.test(chosen) ? "zh" : "en";
}

export const i18n = $state<{ language: Language }>({ language: preferred() });

export function setLanguage(language: Language): void {
  i18n.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  localStorage.setItem(STORED, language);
}

/** Fills "{n}" with the value, and "{n|lesson|lessons}" with the word for one or for many. */
export function fill(template: string, values: Values): string {
  return template
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, name: string, one: string, many: string) => (String(values[name]) === "1" ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words of a key in the page's language; a missing key shows itself. */
export function t(key: string, values: Values = {}): string {
  return fill(TABLES[i18n.language][key] ?? key, values);
}

export function has(key: string): boolean {
  return key in TABLES[i18n.language];
}

/** The title in the page's language, where there is one. */
export function titled(thing: { title: string; title_en?: string | null }): string {
  return i18n.language === "en" && thing.title_en ? thing.title_en : thing.title;
}

/** What the site has verified about somebody, in the page's language where it was said so. */
export function badgeOf(user: { badge: string | null; badge_en?: string | null }): string {
  return (i18n.language === "en" ? user.badge_en : null) ?? user.badge ?? "";
}
