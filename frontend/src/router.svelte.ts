// Addresses of pages: history API, a few patterns, no library.

export interface Route {
  readonly page: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^\/$/, "home"],
  [/^\/login$/, "login"],
  [/^\/courses$/, "courses"],
  [/^\/courses\/(?<id>[\w-]+)$/, "course"],
  [/^\/rooms\/(?<id>[\w-]+)$/, "room"],
  [/^\/wallet$/, "wallet"],
  [/^\/learn$/, "learn"],
  [/^\/timetable$/, "timetable"],
  [/^\/studio$/, "studio"],
  [/^\/studio\/classes\/new$/, "class"],
  [/^\/studio\/classes\/(?<id>[\w-]+)$/, "class"],
  [/^\/studio\/courses\/new$/, "own-course"],
  [/^\/studio\/courses\/(?<id>[\w-]+)$/, "own-course"],
  [/^\/studio\/reports\/(?<id>[\w-]+)$/, "report"],
  [/^\/studio\/(?<id>[\w-]+)$/, "cockpit"],
  [/^\/operator$/, "operator"],
  [/^\/operator\/(?<section>rooms|users|payments|ledger|audit|letters)$/, "operator"],
];

/** The page of a path; unknown paths are the page "missing". */
export function match(path: string, search = ""): Route {
  const query = new URLSearchParams(search);
  for (const [pattern, page] of PATTERNS) {
    const found = pattern.exec(path);
    if (found) return { page, params: { ...found.groups }, query };
  }
  return { page: "missing", params: {}, query };
}

const here = (): Route => match(location.pathname, location.search);

export const router = $state({ route: here() });

export function go(path: string, isReplaced = false): void {
  if (isReplaced) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  router.route = here();
  window.scrollTo(0, 0);
}

/** Follows links inside the site without loading the page anew. */
function follow(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest("a");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (url.pathname === location.pathname && url.hash) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

export function startRouter(): void {
  addEventListener("popstate", () => {
    router.route = here();
  });
  document.addEventListener("click", follow);
}
