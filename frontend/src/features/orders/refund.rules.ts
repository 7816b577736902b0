// The refund rule in words, before money moves.
import type { RefundRule } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";

const MINUTE_S = 60;

export function refundWords(rule: RefundRule, form: "short" | "full"): string {
  const minutes = Math.round((rule.watch_limit_s ?? 0) / MINUTE_S);
  const key = `refund.${rule.id}.${form}`;
  return t(key, { minutes, days: rule.window_days ?? 0 });
}
