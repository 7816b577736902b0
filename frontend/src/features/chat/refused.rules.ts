// Why a danmaku did not go out, in words.
import { has, t } from "../../i18n/i18n.svelte";
import type { Values } from "../../i18n/i18n.svelte";
import type { SocketError } from "../../realtime/events";

export function refusedWords(error: SocketError): string {
  const key = `error.${error.code}`;
  return has(key) ? t(key, error.fields as Values) : t("error.unknown", { code: error.code });
}
