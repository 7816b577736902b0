// A refusal of the server, at the field of the form that it is about.
import { Problem } from "../../api/client";
import type { Field, Problems } from "./draft.rules";
import { wallOf } from "./zone.rules";

const FIELDS: Readonly<Record<string, Field>> = {
  title: "title", title_en: "titleEn", cover: "cover", subject: "subject", starts_at: "date", ends_at: "minutes",
  preview_s: "preview", seat_limit: "seats", replay_days: "replay", refund_rule: "rule",
};

/** The field and words of a refusal; null when it is about no field. */
export function refusedField(error: unknown, zone: string): Problems | null {
  if (!(error instanceof Problem)) return null;
  if (error.code === "money.amount_invalid") return { price: { key: "class.e_price" } };
  if (error.code !== "catalog.field_invalid") return null;
  const field = FIELDS[String(error.fields["field"])];
  if (!field) return null;
  if (error.fields["why"] === "too_early") {
    const { date, time } = wallOf(String(error.fields["earliest_at"]), zone);
    return { [field]: { key: "class.e_early", values: { time: `${date} ${time}` } } };
  }
  if (error.fields["why"] === "room_taken") return { [field]: { key: "class.e_taken", values: { title: String(error.fields["title"]) } } };
  return { [field]: { key: "class.e_field" } };
}
