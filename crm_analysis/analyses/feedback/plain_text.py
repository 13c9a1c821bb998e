"""Texts as the analyses see them: one form of each character, no markup, no links."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

LONGEST = 5_000  # characters of a comment that are read

_MARKUP = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL)
_LINK = re.compile(r"(?:https?://|www\.)[!-;=?-~]+", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u2028-\u202f\u2060-\u206f\ufeff"
    "\ud800-\udfff]"
)
_REPEATED = re.compile(r"([^\d\s])\1{3,}")
_SPACE = re.compile(r"[ \t\u3000]+")
_HAN = re.compile("[\u3400-\u9fff]")
# What UTF-8 looks like where it was read as Latin or as GBK, and what could not be read at all.
_MOJIBAKE = re.compile(
    "\ufffd|[ÃÂâåæçèéä][\x80-\xbf€™œ¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿]|锟斤拷|烫烫烫|鈥|涓€|銆|锛"
)
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
        mojibake.append(_is_mojibake(text))
        texts.append(_plain(text))
    return Plain(_simplified(texts), cut, mojibake)


def _written(value: Any) -> str:
    missing = value is None or value != value
    return "" if missing else str(value)


def _is_mojibake(text: str) -> bool:
    found = len(_MOJIBAKE.findall(text))
    return found >= _MANY or ("\ufffd" in text and len(text) < 20)


def _plain(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(
            r"<(?:br|/p|/div|/li)\b[^<>]*>", "\n", text, flags=re.IGNORECASE
        )
        text = _MARKUP.sub(" ", text)
    text = unicodedata.normalize("NFKC", _LINK.sub(" ", text))
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _REPEATED.sub(r"\1\1\1", text)
    return _SPACE.sub(" ", text).strip()


def _simplified(texts: list[str]) -> list[str]:
    """Traditional characters as Simplified ones; a text without any is not looked at."""
    han = set(_HAN.findall("".join(texts)))
    changing = {sign for sign in han if _simplified_sign(sign) != sign}
    if not changing:
        return texts
    convert = _converter().convert
    return [text if changing.isdisjoint(text) else convert(text) for text in texts]


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _simplified_sign(sign: str) -> str:
    return _converter().convert(sign)
