// Watches a card: told once a view when it was seen, and each time it is followed.
import type { Attachment } from "svelte/attachments";
import { tell } from "./log";
import type { Item } from "./log";
import { LOOK_MS, PART_MIN, UNSEEN, sighted } from "./seen.rules";
import type { Sight } from "./seen.rules";

/** What lies under the bars of the site is not in view. */
const WIDE_PX = 1024;
const BARS_PHONE = "-56px 0px -56px 0px";
const BARS_WIDE = "-60px 0px 0px 0px";

/** What was told of the page that is open; a new page is a new view. */
let told = new Set<string>();
export function beginView(): void {
  told = new Set();
}

export function shown(item: Item): Attachment<HTMLElement> {
  return (element) => {
    const view = told;
    const key = `${item.place} ${item.item_id}`;
    let part = 0;
    let sight: Sight = UNSEEN;
    let timer: ReturnType<typeof setTimeout> | undefined;

    function look(): void {
      clearTimeout(timer);
      if (view.has(key)) return;
      sight = sighted(sight, part, !document.hidden, performance.now());
      if (sight.isSeen) {
        view.add(key);
        tell({ type: "impression", ...item });
      } else if (sight.since !== null) timer = setTimeout(look, LOOK_MS);
    }
    function followed(event: MouseEvent): void {
      if ((event.target as Element).closest("a[href]")) tell({ type: "click", ...item });
    }
    const observer = new IntersectionObserver(
      (entries) => {
        part = entries[entries.length - 1]?.intersectionRatio ?? 0;
        look();
      },
      { threshold: [0, PART_MIN, 0.75, 1], rootMargin: innerWidth < WIDE_PX ? BARS_PHONE : BARS_WIDE },
    );
    observer.observe(element);
    element.addEventListener("click", followed);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      element.removeEventListener("click", followed);
      document.removeEventListener("visibilitychange", look);
    };
  };
}
