// Keeps the site for use without a network, answers nothing but the site's own files, and gives
// them the headers that a plain host does not: with them threads are allowed, and foreign requests
// are not.

const VERSION = "{{VERSION}}"; // of all files together, filled in by `colorkit web`
const CACHE = `colorkit ${VERSION}`;
const SMALL_FILES = {{SMALL_FILES}}; // the large ones are kept when they are first used
const HEADERS = {
  "Content-Security-Policy": "{{POLICY}}",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
};

self.addEventListener("install", (event) => {
  const requests = SMALL_FILES.map((file) => new Request(`./${file}`, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => event.respondWith(answer(event)));

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("colorkit ") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(event) {
  const { request } = event;
  const isOwn = request.url.startsWith(self.registration.scope);
  if (!isOwn || request.method !== "GET") return Response.error();
  const url = request.url.split(/[?#]/)[0].replace(/\/$/, "/index.html");
  const cache = await caches.open(CACHE);
  const kept = await cache.match(url);
  if (kept) return withHeaders(kept);
  const response = await fetch(request);
  if (response.status === 200) {
    event.waitUntil(cache.put(url, response.clone()).catch(() => {})); // The disk may be full.
  }
  return withHeaders(response);
}

function withHeaders(response) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
