// The name of a day as one says it: today, tomorrow, else weekday and date.
import { t } from "../../i18n/i18n.svelte";
import { day } from "../../ui/format.rules";
import { dateShort } from "../../ui/when.rules";

const DAY_MS = 86_400_000;

export function dayWords(iso: string, now: number): string {
  const date = day(iso);
  if (date === day(new Date(now).toISOString())) return t("day.today");
  if (date === day(new Date(now + DAY_MS).toISOString())) return t("day.tomorrow");
  return `${t(`weekday.${new Date(iso).getDay()}`)} ${dateShort(iso)}`;
}
