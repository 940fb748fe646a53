"""Lyrics with the times of their lines and words: LRC, SRT, WebVTT, and bare times at the beginnings of lines."""

import re
from itertools import pairwise

_MAYBE = re.compile(r":[0-5]\d")
_TIME = r"(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?:[.,:]\d{1,3})?"
_CUE = re.compile(
    rf"\s{{0,4}}(?:(?<!\S)\d{{1,6}}[^\S\n]{{0,9}}\n?)?(?<![\d:]){_TIME}[^\S\n]{{1,9}}-->[^\S\n]{{1,9}}{_TIME}"
    r"(?:[^\S\n]{1,9}(?:align|line|position|size|region|vertical):\S{1,40}){0,6}\s?"
)
_VTT_HEAD = re.compile(
    r"\A\s{0,9}WEBVTT[^\n]{0,200}(?:\n[^\n]{1,200}){0,20}?(?=\s{0,9}(?:\n\s{0,4}\n|\d[\d:. -]*-->|\Z))"
)
_VTT_NAME = re.compile(rf"(?<=\n\n)[^\n]{{1,60}}\n(?={_TIME}[^\S\n]{{1,9}}-->)")
_VTT_NOTE = re.compile(r"^(?:NOTE|STYLE|REGION)\b[^\n]{0,500}(?:\n(?![^\n]*-->)[^\n]{1,500}){0,20}$", re.M)
_TAG = re.compile(r"\[(?:ar|ti|al|au|by|re|ve|la|id|length|offset|tool|lr|encoding|#) ?:[^\n]{0,300}\]\s*$", re.M)
_WORD_STAMP = re.compile(rf"<{_TIME}>")
_LINE_STAMP = re.compile(rf"\[{_TIME}\]")
_EXACT = re.compile(r"^[^\S\n]*(?:\(?\d{1,3}:[0-5]\d\.\d{2,3}\)?[^\S\n]*)+(?:[-–—][^\S\n]+)?(?!\w)", re.M)
_GAP, _LONGEST_GAP = 60, 300
"""Seconds between two lines of a song: in most places, and anywhere."""
_BARE = re.compile(r"[^\S\n]*\(?(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)\)?(?:[^\S\n]*[-–—])?(?=\s|$)")


def without_times(text: str) -> str:
    """The text without times, counters of subtitles, and the tags of an LRC file. A flat text gets its lines back."""
    if not _MAYBE.search(text):
        return _TAG.sub("", text) if "[" in text and ":" in text else text
    flat = "\n" not in text
    if "-->" in text:
        if "WEBVTT" in text:
            text = _VTT_NAME.sub("", _VTT_NOTE.sub("", _VTT_HEAD.sub("\n\n", text)))
        text = _CUE.sub("\n", text)
    if "[" in text:
        text = _LINE_STAMP.sub("\n" if flat else " ", _TAG.sub("", text))
    if "<" in text:
        text = "\n".join(_without_word_stamps(line) for line in text.split("\n"))
    return _without_bare_times(_EXACT.sub("", text))


def _without_word_stamps(line: str) -> str:
    """A stamp may stand inside a word; but where it is all that parts the words it becomes a space."""
    bare = _WORD_STAMP.sub("", line)
    return bare if " " in bare.strip() else _WORD_STAMP.sub(" ", line)


def _without_bare_times(text: str) -> str:
    """The lines without times such as 0:10, if these stand before most lines and rise as those of a song do.

    A time of the day may be sung.
    """
    lines = text.split("\n")
    found = [_BARE.match(line) for line in lines]
    times = [int(m[1] or 0) * 3600 + int(m[2]) * 60 + int(m[3]) for m in found if m]
    written = sum(1 for line in lines if line.strip())
    gaps = [after - before for before, after in pairwise(times)]
    short = sum(0 <= gap <= _GAP for gap in gaps)
    if not gaps or 2 * len(times) < written or 2 * short < len(gaps) or min(gaps) < 0 or max(gaps) > _LONGEST_GAP:
        return text
    return "\n".join(line[m.end() :] if m else line for line, m in zip(lines, found, strict=True))
