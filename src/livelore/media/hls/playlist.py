"""The text of a media playlist."""

from datetime import UTC, datetime

from livelore.media.hls.segments import MediaSegment, Window

PART_TARGET_MS = 350
"""Whole frames fit between 85 and 100 % of it at every usual rate from 10 to 60 per second."""
HOLD_BACK_PARTS = 3
PARTS_LISTED_TARGETS = 3
"""Parts are listed in the last three target durations (appendix B.1 of the draft)."""


def render_playlist(window: Window, query: str = "") -> str:
    """The media playlist of a window.

    Args:
        window: With ``target_s`` known.
        query: Put behind each URI, with its question mark; what the viewer proved itself by.

    Returns:
        UTF-8 text with line feeds.
    """
    target_s = window.target_s or 1
    listed = window.listed()
    part_s = PART_TARGET_MS / 1000
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{target_s}",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
        f"PART-HOLD-BACK={part_s * HOLD_BACK_PARTS:.3f},HOLD-BACK={target_s * 3}",
        f"#EXT-X-PART-INF:PART-TARGET={part_s:.3f}",
        f"#EXT-X-MEDIA-SEQUENCE:{listed[0].msn if listed else 0}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.n_breaks_gone}",
    ]
    oldest_with_parts = _oldest_with_parts(listed, target_s)
    init: int | None = None
    for segment in listed:
        lines += _segment_lines(segment, init, segment.msn >= oldest_with_parts, query)
        init = segment.init
    if window.is_ended:
        lines.append("#EXT-X-ENDLIST")
    else:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part{window.next_part}.m4s{query}"')
    return "\n".join(lines) + "\n"


def _oldest_with_parts(listed: list[MediaSegment], target_s: int) -> int:
    left_ms = target_s * 1000 * PARTS_LISTED_TARGETS
    oldest = listed[-1].msn if listed else 0
    for segment in reversed(listed):
        oldest = segment.msn
        left_ms -= segment.duration_ms
        if left_ms <= 0:
            break
    return oldest


def _segment_lines(
    segment: MediaSegment, init_before: int | None, has_parts: bool, query: str
) -> list[str]:
    lines: list[str] = []
    if segment.follows_break and init_before is not None:
        lines.append("#EXT-X-DISCONTINUITY")
    if segment.init != init_before:
        lines.append(f'#EXT-X-MAP:URI="init{segment.init}.mp4{query}"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_iso(segment.started_at_ms)}")
    if has_parts:
        for part in segment.parts:
            independent = ",INDEPENDENT=YES" if part.is_independent else ""
            lines.append(
                f"#EXT-X-PART:DURATION={part.duration_ms / 1000:.3f},"
                f'URI="part{part.index}.m4s{query}"{independent}'
            )
    if segment.is_closed:
        lines += [f"#EXTINF:{segment.duration_ms / 1000:.3f},", f"seg{segment.msn}.m4s{query}"]
    return lines


def _iso(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
