// A recommendation's reason in words: what the server says, and nothing more.
import type { Reason } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import { count } from "../../ui/format.rules";

export function reasonWords(reason: Reason): string {
  const n = Number(reason.fields?.["n_viewers"] ?? 0);
  return t(`reason.${reason.code}`, { n: count(n) });
}
