// The one way to the server: typed answers, problems as errors, CSRF, idempotency keys.

const BASE = "/api/v1";

/** A refusal of the server (RFC 9457): `code` is a key of the message tables. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly fields: Readonly<Record<string, unknown>>,
  ) {
    super(code);
  }
}

let csrfToken: string | null = null;

export function setCsrf(token: string | null): void {
  csrfToken = token;
}

/** A fresh key for one press of a button; keep it and send it again after a lost answer. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

export interface Options {
  readonly body?: unknown;
  readonly key?: string;
  readonly keepalive?: boolean;
  readonly signal?: AbortSignal;
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrfToken) headers["x-csrf-token"] = csrfToken;
  if (options.key) headers["idempotency-key"] = options.key;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.keepalive) init.keepalive = true;
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(BASE + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "client.offline", {});
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as Record<string, unknown>;
    return new Problem(answer.status, String(body["code"] ?? "site.internal"), body);
  } catch {
    return new Problem(answer.status, "site.internal", {});
  }
}

const TRIES = 3;
const PAUSE_MS = 700;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Sends a request; one with a key is sent again, with the same key, when the answer was lost. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const tries = options.key || method === "GET" ? TRIES : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await send(method, path, options);
      if (answer.status === 204) return undefined as T;
      if (answer.ok) return (await answer.json()) as T;
      const problem = await problemOf(answer);
      const isPassing = problem.code === "idempotency.in_progress" || answer.status === 503;
      if (!isPassing || attempt >= tries) throw problem;
    } catch (error) {
      const isLost = error instanceof Problem && (error.status === 0 || error.status === 503);
      const isRunning = error instanceof Problem && error.code === "idempotency.in_progress";
      if (!(isLost || isRunning) || attempt >= tries) throw error;
    }
    await pause(PAUSE_MS * attempt);
  }
}

/** Saves a file that the server makes; with a body it is asked for by POST. */
export async function download(path: string, name: string, body?: unknown): Promise<void> {
  const answer = await send(body === undefined ? "GET" : "POST", path, body === undefined ? {} : { body });
  if (!answer.ok) throw await problemOf(answer);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request<T>("GET", path, signal ? { signal } : {});
export const post = <T>(path: string, body?: unknown, key?: string): Promise<T> =>
  request<T>("POST", path, { ...(body === undefined ? {} : { body }), ...(key ? { key } : {}) });
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>("PUT", path, { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>("PATCH", path, { body });
export const remove = <T>(path: string, body?: unknown): Promise<T> =>
  request<T>("DELETE", path, body === undefined ? {} : { body });
