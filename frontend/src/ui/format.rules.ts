// How figures become words. Amounts arrive as integers in minor units and are formatted only here.
import type { Money } from "../api/types";

const SIGNS: Readonly<Record<string, string>> = { CNY: "¥", USD: "$", EUR: "€", JPY: "¥" };
const SCALE_0: ReadonlySet<string> = new Set(["JPY", "COIN"]);

export function scaleOf(currency: string): number {
  return SCALE_0.has(currency) ? 0 : 2;
}

/** "¥29.00"; minus is a real minus sign before the currency. */
export function money({ amount_minor, currency }: Money): string {
  const [whole, cents] = moneyParts({ amount_minor, currency });
  const sign = amount_minor < 0 ? "−" : "";
  return `${sign}${SIGNS[currency] ?? `${currency} `}${whole}${cents}`;
}

/** The parts of an amount: "1,234" and ".50". */
export function moneyParts({ amount_minor, currency }: Money): [string, string] {
  const scale = scaleOf(currency);
  const digits = String(Math.abs(amount_minor)).padStart(scale + 1, "0");
  const whole = scale ? digits.slice(0, -scale) : digits;
  return [grouped(whole), scale ? `.${digits.slice(-scale)}` : ""];
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

export function count(value: number): string {
  return (value < 0 ? "−" : "") + grouped(String(Math.abs(Math.round(value))));
}

/** "+1,000" or "−840". */
export function signed(value: number): string {
  return value > 0 ? `+${count(value)}` : count(value);
}

/** "42:17" or "1:02:03" from seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

const pad2 = (value: number): string => String(value).padStart(2, "0");

/** "20:00" in the reader's own time zone. */
export function clock(iso: string): string {
  const at = new Date(iso);
  return `${pad2(at.getHours())}:${pad2(at.getMinutes())}`;
}

/** "2027-05-22". */
export function day(iso: string): string {
  const at = new Date(iso);
  return `${at.getFullYear()}-${pad2(at.getMonth() + 1)}-${pad2(at.getDate())}`;
}

/** "11-23 20:41". */
export function shortTime(iso: string): string {
  return `${day(iso).slice(5)} ${clock(iso)}`;
}
