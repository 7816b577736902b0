// Classes that somebody wants to be reminded of: with their account where they are logged in, else in this browser.
import { get, put, remove } from "../../api/client";

const STORED = "livelore.reminders";
const MOST = 100;

interface Listed {
  readonly items: readonly { readonly lesson_id: string }[];
}

function read(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}
function keep(ids: readonly string[]): void {
  reminders.ids = [...ids];
  try {
    localStorage.setItem(STORED, JSON.stringify(ids.slice(-MOST)));
  } catch {
    /* storage is off: they last as long as the page */
  }
}

export const reminders = $state<{ ids: string[]; isWithAccount: boolean }>({ ids: read(), isWithAccount: false });

const pathOf = (lessonId: string): string => `/me/reminders/${encodeURIComponent(lessonId)}`;

/** Takes over what the account has, and gives it what this browser had; nothing is lost when that fails. */
export async function syncReminders(): Promise<void> {
  try {
    const { items } = await get<Listed>("/me/reminders");
    const known = items.map((each) => each.lesson_id);
    const here = reminders.ids.filter((id) => !known.includes(id));
    reminders.isWithAccount = true;
    keep([...known, ...here]);
    await Promise.allSettled(here.map((id) => put(pathOf(id), {})));
  } catch {
    reminders.isWithAccount = false;
  }
}

export function forgetAccount(): void {
  if (reminders.isWithAccount) keep([]);
  reminders.isWithAccount = false;
}

/** Turns a reminder on or off; whether it is on now. */
export function toggleReminder(lessonId: string): boolean {
  const isOn = !reminders.ids.includes(lessonId);
  keep(isOn ? [...reminders.ids, lessonId] : reminders.ids.filter((id) => id !== lessonId));
  if (reminders.isWithAccount) void (isOn ? put(pathOf(lessonId), {}) : remove(pathOf(lessonId))).catch(() => undefined);
  return isOn;
}
