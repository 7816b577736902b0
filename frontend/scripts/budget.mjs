// What a first visit to home and room costs before the player: at most 150 kB gzip, CSS 15 kB.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../../src/livelore/web/static/", import.meta.url).pathname;
const LIMIT_KB = 150;
const CSS_KB = 15;

const packed = (path) => gzipSync(readFileSync(root + path), { level: 9 }).length / 1000;
const entry = readFileSync(`${root}index.html`, "utf8");
const chunks = new Map();

/** Static imports of a chunk and of what it imports. */
function reach(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  const code = chunks.get(path) ?? readFileSync(root + path, "utf8");
  chunks.set(path, code);
  for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) reach(`assets/${name}`, seen);
  return seen;
}

const start = [...entry.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((m) => m[1]);
const css = start.filter((p) => p.endsWith(".css"));
const main = start.find((p) => /index-[\w-]+\.js$/.test(p));
const all = readFileSync(root + main, "utf8");
let failed = false;
for (const page of ["HomePage", "RoomPage"]) {
  const chunk = all.match(new RegExp(`assets/(${page}-[\\w-]+\\.js)`))?.[1];
  const pageCss = all.match(new RegExp(`assets/(${page}-[\\w-]+\\.css)`))?.[1];
  const files = reach(`assets/${chunk}`, reach(main));
  const styles = [...css, ...(pageCss ? [`assets/${pageCss}`] : [])];
  const kb = [...files, ...styles].reduce((sum, path) => sum + packed(path), 1);
  const cssKb = styles.reduce((sum, path) => sum + packed(path), 0);
  const isOver = kb > LIMIT_KB || cssKb > CSS_KB;
  failed ||= isOver;
  console.log(`${page}: ${kb.toFixed(1)} kB gzip (limit ${LIMIT_KB}), CSS ${cssKb.toFixed(1)} (limit ${CSS_KB})`);
}
process.exit(failed ? 1 : 0);
