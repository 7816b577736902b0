// How somebody goes on: where the button leads, what it says, how far they are.
import type { Resume } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import { duration } from "../../ui/format.rules";
import { timeWords } from "../../ui/when.rules";
import { lengthWords } from "../catalog/length.rules";

export function resumePath(resume: Resume): string {
  const isClass = resume.state !== "open" && resume.room_id !== null;
  return isClass ? `/rooms/${resume.room_id}` : `/courses/${resume.course_id}?lesson=${resume.lesson_id}`;
}

export function resumeAct(resume: Resume): string {
  if (resume.state === "live") return t("resume.enter");
  if (resume.state === "upcoming") return t("resume.see");
  return resume.position_s ? t("resume.from", { time: duration(resume.position_s) }) : t("resume.begin");
}

/** The line beside the bar. */
export function resumeNote(resume: Resume): string {
  if (resume.state === "live") return t("resume.on_air");
  if (resume.state === "upcoming") return resume.starts_at ? timeWords(resume.starts_at) : "";
  const leftS = resume.duration_s - resume.position_s;
  return resume.position_s ? t("resume.left", { time: lengthWords(leftS) }) : t("resume.next", { time: lengthWords(leftS) });
}

/** How much of a recorded lesson was watched, 0 … 100; null where there is no length. */
export function resumePercent(resume: Resume): number | null {
  if (resume.state !== "open" || !resume.duration_s) return null;
  return Math.min(100, Math.round((100 * resume.position_s) / resume.duration_s));
}
