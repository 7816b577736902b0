// Which keys the pages act on, and when a key belongs to what has the focus instead.

export interface Shortcut {
  readonly keys: readonly string[];
  readonly words: string;
}
/** Everywhere, then in the room. `words` is a key of the message tables. */
export const EVERYWHERE: readonly Shortcut[] = [
  { keys: ["/"], words: "keys.search" },
  { keys: ["?"], words: "keys.list" },
];
export const IN_ROOM: readonly Shortcut[] = [
  { keys: ["Space"], words: "keys.play" },
  { keys: ["M"], words: "keys.mute" },
  { keys: ["F"], words: "keys.full" },
  { keys: ["D"], words: "keys.danmaku" },
  { keys: ["C"], words: "keys.chat" },
  { keys: ["←", "→"], words: "keys.step" },
  { keys: ["L"], words: "keys.live" },
  { keys: ["Esc"], words: "keys.leave" },
];

export interface Pressed {
  readonly key: string;
  readonly hasModifier: boolean;
  /** Tag, role and type of what has the focus; null: the page itself. */
  readonly focus: { readonly tag: string; readonly role: string | null; readonly type: string | null; readonly isEditable: boolean } | null;
  readonly isInDialog: boolean;
}

const TYPED: ReadonlySet<string> = new Set(["text", "search", "password", "email", "number", "url", "tel", "date", "time"]);
const PRESSED_BY_SPACE: ReadonlySet<string> = new Set(["BUTTON", "SUMMARY", "INPUT", "SELECT", "VIDEO"]);
const MOVED_BY_ARROWS: ReadonlySet<string> = new Set(["slider", "tab", "radio", "menuitem", "option", "log", "toolbar", "switch"]);

/** Whether the page may act on a key: never in a field or a dialog, never on what the focus needs itself. */
export function isForPage({ key, hasModifier, focus, isInDialog }: Pressed): boolean {
  if (hasModifier || isInDialog) return false;
  if (!focus) return true;
  const type = focus.type ?? "text";
  if (focus.isEditable || focus.tag === "TEXTAREA" || focus.tag === "SELECT") return false;
  if (focus.tag === "INPUT" && TYPED.has(type)) return false;
  if (key === " ") return !PRESSED_BY_SPACE.has(focus.tag) && focus.role === null;
  if (key.startsWith("Arrow")) return focus.tag !== "INPUT" && !MOVED_BY_ARROWS.has(focus.role ?? "");
  return true;
}
