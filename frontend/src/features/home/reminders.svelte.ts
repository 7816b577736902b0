// Classes that this browser wants to be reminded of; kept here, told nobody.

const STORED = "livelore.reminders";

function read(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}

export const reminders = $state<{ ids: string[] }>({ ids: read() });

export function toggleReminder(lessonId: string): boolean {
  const isOn = !reminders.ids.includes(lessonId);
  reminders.ids = isOn ? [...reminders.ids, lessonId] : reminders.ids.filter((id) => id !== lessonId);
  localStorage.setItem(STORED, JSON.stringify(reminders.ids.slice(-100)));
  return isOn;
}
