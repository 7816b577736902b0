// What a class costs, in words: its ticket, its whole course, or nothing.
import type { Money } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import { money } from "../../ui/format.rules";

export interface Priced {
  readonly price: Money | null;
  readonly needs: "ticket" | "course" | "free";
}

export function priceWords({ price, needs }: Priced): string {
  if (!price || needs === "free") return t("free");
  return needs === "course" ? t("home.with_course", { price: money(price) }) : money(price);
}
