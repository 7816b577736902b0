// Where a class stands in its outline.
import type { Outline } from "../../api/types";

/** Index of the point being taught at a second, -1 before the first. */
export function current(outline: readonly Outline[], second: number): number {
  let found = -1;
  outline.forEach((item, index) => {
    if (item.at_s <= second) found = index;
  });
  return found;
}
