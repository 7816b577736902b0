// One toast at a time, bottom of the page; errors stay until closed.

export interface Toast {
  readonly text: string;
  readonly isError: boolean;
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
  /** When it goes by itself, in the browser's time; null: it stays. */
  readonly endsAt: number | null;
}

const PLAIN_MS = 5000;
const ACTION_MS = 10_000;

export const toasts = $state<{ current: Toast | null }>({ current: null });
let timer: ReturnType<typeof setTimeout> | undefined;

export function dismiss(): void {
  clearTimeout(timer);
  toasts.current = null;
}

export function toast(text: string, action?: Toast["action"], lifeMs = action ? ACTION_MS : PLAIN_MS): void {
  clearTimeout(timer);
  toasts.current = { text, isError: false, action, endsAt: Date.now() + lifeMs };
  timer = setTimeout(dismiss, lifeMs);
}

export function toastError(text: string): void {
  clearTimeout(timer);
  toasts.current = { text, isError: true, action: undefined, endsAt: null };
}
