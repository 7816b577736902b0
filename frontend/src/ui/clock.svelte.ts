// The time, once a second, by the server's clock; shared by everything that counts.
import { serverNow } from "../session.svelte";

export const clock = $state({ now: Date.now() });
setInterval(() => {
  clock.now = serverNow();
}, 1000);
