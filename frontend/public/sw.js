// The pages open without a network: the newest page that was seen, and the files it is made of.
// The API is never kept here: what is shown offline, pages keep themselves, with its time.
const CACHE = "livelore-1";
const FILES_MAX = 200;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function keep(request, answer) {
  if (!answer.ok) return answer;
  const cache = await caches.open(CACHE);
  await cache.put(request, answer.clone());
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - FILES_MAX)).map((old) => cache.delete(old)));
  return answer;
}

/** Every address has the same page: the newest one stands for all. */
async function page(request) {
  try {
    return await keep("/", await fetch(request));
  } catch (error) {
    const kept = await caches.match("/");
    if (kept) return kept;
    throw error;
  }
}

/** Names of files in /assets/ change with their content: what is kept is right. */
async function file(request) {
  return (await caches.match(request)) ?? keep(request, await fetch(request));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && !url.pathname.startsWith("/api/")) event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
});
