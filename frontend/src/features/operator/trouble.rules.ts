// What an operator should look at, worst first; an empty list is the green tick in the header.
import type { Overview } from "../../api/operator";

export interface Trouble {
  readonly code: "books" | "unmatched" | "unchecked";
  readonly section: string;
}
const CHECK_EVERY_MS = 36 * 3_600_000;

export function troubles(overview: Overview): readonly Trouble[] {
  const found: Trouble[] = [];
  const check = overview.last_check;
  if (check && (check.difference_minor !== 0 || check.findings.length)) found.push({ code: "books", section: "ledger" });
  if (overview.n_unmatched) found.push({ code: "unmatched", section: "payments" });
  if (check && Date.parse(overview.at) - Date.parse(check.at) > CHECK_EVERY_MS) found.push({ code: "unchecked", section: "ledger" });
  return found;
}
