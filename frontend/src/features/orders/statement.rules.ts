// A line of the statement in words: the server sends a code and facts, never prose.
import type { StatementRow } from "../../api/types";
import { has, i18n, t } from "../../i18n/i18n.svelte";

export interface RowWords {
  readonly title: string;
  readonly detail: string;
}

export function rowWords(row: StatementRow): RowWords {
  const fields = row.title_fields;
  const giftId = String(fields["gift_kind_id"] ?? "");
  const gift = has(`gift.${giftId}`) ? t(`gift.${giftId}`) : giftId;
  const n = Number(fields["count"] ?? row.group_count ?? 1);
  const key = `statement.${row.title_code}`;
  const title = has(key) ? t(key, { ...fields, gift, n }) : t(`statement.kind_${row.kind}`, { gift, n });
  const detail = [fields["host_name"], i18n.language === "en" ? (fields["title_en"] ?? fields["title"]) : fields["title"]]
    .filter(Boolean)
    .map(String)
    .join(" · ");
  return { title, detail };
}
