// Dates and times as one reads them in the page's language; both in the reader's own time zone.
import { i18n } from "../i18n/i18n.svelte";
import { clock, day, shortTime } from "./format.rules";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const dayAndMonth = (at: Date): string => `${at.getDate()} ${MONTHS[at.getMonth()]}`;

/** "2027-05-22", in English "22 May 2027". */
export function dateWords(iso: string): string {
  const at = new Date(iso);
  return i18n.language === "en" ? `${dayAndMonth(at)} ${at.getFullYear()}` : day(iso);
}

/** "11-23", in English "23 Nov": for days near enough to need no year. */
export function dateShort(iso: string): string {
  return i18n.language === "en" ? dayAndMonth(new Date(iso)) : day(iso).slice(5);
}

/** "11-23 20:41", in English "23 Nov, 20:41". */
export function timeWords(iso: string): string {
  return i18n.language === "en" ? `${dayAndMonth(new Date(iso))}, ${clock(iso)}` : shortTime(iso);
}
