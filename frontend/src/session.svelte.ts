// Who is here: asked once, renewed after log-in, log-out and money.
import { get, post, setCsrf } from "./api/client";
import type { Session, SignedIn } from "./api/types";

interface Held {
  isLoaded: boolean;
  value: Session;
  /** Server clock minus ours, ms: counts down by the server's time. */
  skewMs: number;
}

const NOBODY: Session = {
  user: null,
  csrf_token: null,
  coins: null,
  is_sandbox: false,
  server_time: "",
  demo_logins: [],
};

export const session = $state<Held>({ isLoaded: false, value: NOBODY, skewMs: 0 });

export async function loadSession(): Promise<void> {
  try {
    const value = await get<Session>("/session");
    setCsrf(value.csrf_token);
    session.value = value;
    session.skewMs = Date.parse(value.server_time) - Date.now();
  } finally {
    session.isLoaded = true;
  }
}

export async function logIn(username: string, password: string): Promise<void> {
  await post<SignedIn>("/auth/login", { username, password });
  await loadSession();
}

export async function signUp(body: Record<string, string>): Promise<void> {
  await post<SignedIn>("/auth/signup", body);
  await loadSession();
}

export async function logOut(): Promise<void> {
  await post<undefined>("/auth/logout");
  await loadSession();
}

export const serverNow = (): number => Date.now() + session.skewMs;
