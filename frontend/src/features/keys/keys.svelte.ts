// Keys of one character act on the page unless switched off (WCAG 2.1.4); the list of them opens with "?".
import { isForPage } from "./keys.rules";

const STORED = "livelore.keys";

function read(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

export const shortcuts = $state({ isOn: read(), isListOpen: false });

export function switchKeys(): void {
  shortcuts.isOn = !shortcuts.isOn;
  try {
    localStorage.setItem(STORED, shortcuts.isOn ? "on" : "off");
  } catch {
    /* storage is off: the choice holds for this visit */
  }
}

/** The key that the page may act on, or null. */
export function pageKey(event: KeyboardEvent): string | null {
  if (!shortcuts.isOn || event.defaultPrevented || event.isComposing) return null;
  const target = event.target instanceof HTMLElement && event.target !== document.body ? event.target : null;
  const isFree = isForPage({
    key: event.key,
    hasModifier: event.ctrlKey || event.metaKey || event.altKey,
    focus: target && { tag: target.tagName, role: target.getAttribute("role"), type: target.getAttribute("type"), isEditable: target.isContentEditable },
    isInDialog: document.querySelector("dialog[open]") !== null,
  });
  return isFree ? event.key : null;
}
