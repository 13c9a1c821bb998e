"""Texts as the analyses see them: one form of each character, no markup, no links."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

LONGEST = 5_000  # characters of a comment that are read

_MARKUP = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL)
_LINE = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)[!-;=?-~]+", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u2028-\u202f\u2060-\u206f\ufeff"
    "\ud800-\udfff]"
)
_REPEATED = re.compile(r"([^\d\s])\1{3,}")
FOUR = re.compile(r"(?s:(.))\1\1\1")  # faster, and of figures and spaces too
# Wide marks and the one mark that each is by NFKC.
NARROW = {
    "，": ",",
    "！": "!",
    "？": "?",
    "；": ";",
    "：": ":",
    "（": "(",
    "）": ")",
    "～": "~",
    "…": "...",
}
# Signs that a text may have in its plain form, and the wide ones; as they stand in a pattern.
MARKS = re.escape("".join(NARROW) + "。、“”《》【】—,!?;:()~*^_=|@$[] \n.%+#-")
_SPACE = re.compile(r"[ \t\u3000]+")
# What UTF-8 looks like where it was read as Latin or as GBK, and what could not be read at all.
_MOJIBAKE = re.compile(
    "\ufffd|[ÃÂâåæçèéä][\x80-\xbf€™œ¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿]|锟斤拷|烫烫烫|鈥|涓€|銆|锛"
)
_GARBLED = "锟烫鈥涓銆锛"  # Han that a wrong encoding may have made
HAN = "\u3400-\u9fff"  # as a range of a pattern
PICTURES = "\u2600-\u2775\U0001f300-\U0001faff"
_MANY = 2  # such signs make a text unreadable; one may be chance


class Plain(NamedTuple):
    """Texts in one form, and which of them were cut or cannot be right."""

    texts: list[str]
    cut: list[bool]
    mojibake: list[bool]


def plain_texts(values: Iterable[Any]) -> Plain:
    """Texts by NFKC, without HTML, links and unseen characters; emoji stay.

    A character repeated more than three times in a row stands three times; what stands beyond
    5,000 characters is cut; Traditional characters become Simplified.

    Parameters
    ----------
    values : iterable
        Texts; what is missing is an empty one.

    Returns
    -------
    Plain
        The texts; whether each was cut; whether its characters were read by a wrong encoding.

    Examples
    --------
    >>> plain_texts(["Sooooo&nbsp;<b>good</b> https://x.org/a", "這個很好吃！！！！！"]).texts
    ['Sooo good', '这个很好吃!!!']
    """
    texts, cut, mojibake = [], [], []
    for value in values:
        text = value if isinstance(value, str) else _written(value)
        cut.append(len(text) > LONGEST)
        text = text[:LONGEST]
        shape = _ordinary().fullmatch(text)
        if shape is None or "www" in text:
            mojibake.append(_is_mojibake(text))
            texts.append(_of_any(text))
        else:
            mojibake.append(shape.lastindex is not None and _is_mojibake(text))
            texts.append(_of_ordinary(text))
    return Plain(texts, cut, mojibake)


def _written(value: Any) -> str:
    missing = value is None or value != value
    return "" if missing else str(value)


def _is_mojibake(text: str) -> bool:
    garbled = len(_MOJIBAKE.findall(text))
    return garbled >= _MANY or ("\ufffd" in text and len(text) < 20)


def plain_text(text: str) -> str:
    """One text as `plain_texts` makes it; which texts are ordinary is learnt for many alone."""
    return _of_any(text[:LONGEST])


def _of_ordinary(text: str) -> str:
    return _capped(_narrowed(text)).strip()


def _of_any(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _LINE.sub("\n", text)
        text = _MARKUP.sub(" ", text)
    if "www" in text or "://" in text:
        text = _LINK.sub(" ", text)
    text = _narrowed(text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _capped(text)
    if not _traditional().isdisjoint(text):
        text = _converter().convert(text)
    return text.strip()


def _narrowed(text: str) -> str:
    """With the wide marks that NFKC would change, which are in nearly every Chinese text."""
    if text.isascii():
        return text
    for wide, narrow in NARROW.items():
        text = text.replace(wide, narrow)
    return text


def _capped(text: str) -> str:
    """With repeats of three at most, and one space where there are several."""
    if FOUR.search(text):
        text = _REPEATED.sub(r"\1\1\1", text)
    if "  " in text or "\t" in text:
        text = _SPACE.sub(" ", text)
    return text


def nearly_plain(text: str) -> str:
    """A text with its repeats capped, and dots for the sign of three; the rest as it was."""
    if "…" in text:
        text = text.replace("…", "...")
    four = FOUR.search(text)
    if four is None:
        return text
    start = four.start()
    return text[:start] + _REPEATED.sub(r"\1\1\1", text[start:])


@cache
def _ordinary() -> re.Pattern[str]:
    """What `plain_texts` changes nothing of but wide marks, repeats and spaces, as most texts.

    The group is what begins with Han that a wrong encoding may have made. "www" may begin a link.
    """
    signs = f"{MARKS}{PICTURES}a-zA-Z0-9"
    garbled = "".join(sorted(simplified().intersection(_GARBLED)))
    sound = as_ranges(simplified().difference(garbled))
    return re.compile(
        f"[{sound}{signs}]*+([{garbled}][{sound}{garbled}{signs}]*+)?"
    )


def as_ranges(signs: Iterable[str]) -> str:
    """Letters for a pattern's brackets, as ranges: it is compiled faster than of each alone."""
    places = sorted(map(ord, signs))
    starts = [
        place
        for place, last in zip(places, [-1, *places[:-1]], strict=True)
        if place != last + 1
    ]
    ends = [
        place
        for place, more in zip(places, [*places[1:], -1], strict=True)
        if more != place + 1
    ]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))


@cache
def simplified() -> frozenset[str]:
    """Han that stays as it is."""
    first, last = map(ord, HAN.split("-"))
    every = frozenset(map(chr, range(first, last + 1)))
    return frozenset(filter(str.isalpha, every)) - _traditional()


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _traditional() -> frozenset[str]:
    """The characters that the converter knows another form of."""
    listed = files("opencc") / "dictionary" / "TSCharacters.txt"
    pairs = (line.split() for line in listed.read_text("utf-8").splitlines())
    return frozenset(pair[0] for pair in pairs if pair and pair[0] not in pair[1:])
