// Words for a refusal: the table's, with its fields filled in; never a bare code.
import { Problem } from "../api/client";
import { has, t } from "../i18n/i18n.svelte";
import type { Values } from "../i18n/i18n.svelte";

export function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return t("error.site.internal");
  const key = `error.${error.code}`;
  return has(key) ? t(key, error.fields as Values) : t("error.unknown", { code: error.code });
}
