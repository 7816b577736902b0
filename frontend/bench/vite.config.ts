// The page of `livelore bench danmaku`; never part of what is shipped.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  plugins: [svelte()],
  build: { emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
