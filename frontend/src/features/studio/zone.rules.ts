// Dates and times in the site's own zone, whatever zone the reader's machine is in.

export interface Wall {
  readonly date: string;
  readonly time: string;
}

function parts(at: number, zone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23",
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** What the clock on the wall of the site shows: "2026-11-23" and "20:00". */
export function wallOf(iso: string, zone: string): Wall {
  const p = parts(Date.parse(iso), zone);
  return { date: `${p["year"]}-${p["month"]}-${p["day"]}`, time: `${p["hour"]}:${p["minute"]}` };
}

function offsetMs(at: number, zone: string): number {
  const p = parts(at, zone);
  const shown = Date.UTC(Number(p["year"]), Number(p["month"]) - 1, Number(p["day"]), Number(p["hour"]), Number(p["minute"]), Number(p["second"]));
  return shown - Math.floor(at / 1000) * 1000;
}

/** The instant at which that clock shows this; null for what is no date or time. */
export function instantOf({ date, time }: Wall, zone: string): string | null {
  const guess = Date.parse(`${date}T${time}:00Z`);
  if (Number.isNaN(guess)) return null;
  const first = guess - offsetMs(guess, zone);
  return new Date(guess - offsetMs(first, zone)).toISOString();
}

/** "11-23 20:00" on the site's wall. */
export function wallWords(iso: string, zone: string): string {
  const { date, time } = wallOf(iso, zone);
  return `${date.slice(5)} ${time}`;
}
