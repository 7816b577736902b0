// One toast at a time, bottom of the page; errors stay until closed.

export interface Toast {
  readonly text: string;
  readonly isError: boolean;
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
}

const PLAIN_MS = 5000;
const ACTION_MS = 10_000;

export const toasts = $state<{ current: Toast | null }>({ current: null });
let timer: ReturnType<typeof setTimeout> | undefined;

export function dismiss(): void {
  clearTimeout(timer);
  toasts.current = null;
}

export function toast(text: string, action?: Toast["action"], lifeMs?: number): void {
  clearTimeout(timer);
  toasts.current = { text, isError: false, action };
  timer = setTimeout(dismiss, lifeMs ?? (action ? ACTION_MS : PLAIN_MS));
}

export function toastError(text: string): void {
  clearTimeout(timer);
  toasts.current = { text, isError: true, action: undefined };
}
