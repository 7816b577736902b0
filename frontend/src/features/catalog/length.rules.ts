// How long something takes, in words: "6 小时 1 分"; a clock face would read as a time of day.
import { t } from "../../i18n/i18n.svelte";

const HOUR_MIN = 60;

export function lengthWords(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const h = Math.floor(minutes / HOUR_MIN);
  const m = minutes % HOUR_MIN;
  if (!h) return t("length.m", { m });
  return m ? t("length.hm", { h, m }) : t("length.h", { h });
}
