// A thing being fetched: loading, failed or there; reloads keep what is shown.

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: unknown;
  readonly isSlow: boolean;
  reload: () => Promise<void>;
}

const SLOW_MS = 3000;

export function loaded<T>(fetcher: () => Promise<T>): Loaded<T> {
  const held = $state<{ value: T | null; error: unknown; isSlow: boolean }>({
    value: null,
    error: null,
    isSlow: false,
  });
  let round = 0;
  async function reload(): Promise<void> {
    const mine = (round += 1);
    const timer = setTimeout(() => (held.isSlow = true), SLOW_MS);
    try {
      const value = await fetcher();
      if (mine === round) Object.assign(held, { value, error: null });
    } catch (error) {
      if (mine === round) held.error = error;
    } finally {
      clearTimeout(timer);
      held.isSlow = false;
    }
  }
  void reload();
  return {
    get value() {
      return held.value;
    },
    get error() {
      return held.error;
    },
    get isSlow() {
      return held.isSlow;
    },
    reload,
  };
}
