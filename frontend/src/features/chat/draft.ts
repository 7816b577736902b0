// What was typed and not sent yet, per room: a reload or a look at another page does not lose it.

const STORED = "livelore.draft.";

export function draftOf(roomId: string): string {
  try {
    return sessionStorage.getItem(STORED + roomId) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(roomId: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(STORED + roomId, text);
    else sessionStorage.removeItem(STORED + roomId);
  } catch {
    /* storage is off: the text lasts as long as the page */
  }
}
