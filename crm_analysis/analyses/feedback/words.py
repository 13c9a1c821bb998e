"""Texts cut into words: English by its letters, Chinese by rjieba, with a negation on its word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import compress, filterfalse

from crm_analysis.analyses.feedback.plain_text import (
    LONGEST,
    SIGNS,
    nearly_plain,
    ordinary_text,
    plain_text,
)
from crm_analysis.analyses.feedback.vocabulary import known

BREAK = "\n"  # stands among the tokens where a mark ends a clause

_HAN = re.compile("[\u3400-\u9fff]")
_PARTS = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", re.UNICODE)
_NOT = re.compile(r"\b(ca|wo|sha)?n't\b|(?<=[a-z])n't\b")
_ENDING = re.compile(r"'(?:s|m|re|ve|ll|d)\b")
_WITHIN = frozenset("'-_/&+#%@*^~=`|\"“”‘’()[]《》「」『』<>$￥（）～")
_LONGEST_NAME = 12  # characters of a product's name that is a word of its own
_MOST_NAMES = 20_000
_MOST_FORMS = 300_000

_Cut = Callable[[str], list[str]]


def words(text: str, products: Sequence[str] = ()) -> list[str]:
    """The words of a text as the analyses see them.

    Chinese is cut by rjieba (the dictionary and model of jieba), English at its letters; words are
    in lower case and Simplified characters. A negation is one word with the next one, so that "not
    good" is not good. Emoji are words, marks and figures are not.

    Parameters
    ----------
    text : str
        A comment.
    products : sequence of str
        Names that are one word each, in Chinese.

    Returns
    -------
    list of str
        In the order of the text.

    References
    ----------
    Sun (2012), jieba; Das and Chen (2001) for the negation.

    Examples
    --------
    >>> words("送餐快但是难吃，一点也不好吃")
    ['送餐', '快', '但是', '难吃', '一点', '也', '不好吃']
    >>> words("It isn't very good :( 👎")
    ['it', 'is', 'not good', '👎']
    """
    cut = _cutter(_names(products) if len(products) else ())
    text = text[:LONGEST]
    run = _at_once(text, cut)
    if run is None:
        run = _without_breaks(_tokens(plain_text(text), cut))
    return run


def _without_breaks(run: list[str]) -> list[str]:
    return list(filter(BREAK.__ne__, run))


def tokens(texts: Sequence[str], products: Sequence[str] = ()) -> list[list[str]]:
    """The words of plain texts, with a BREAK where a mark ends a clause."""
    cut = _cutter(_names(products) if len(products) else ())
    return [_tokens(text, cut) for text in texts]


def _tokens(text: str, cut: _Cut) -> list[str]:
    lower = text.lower()
    if "’" in lower:
        lower = lower.replace("’", "'")
    if "'" in lower:
        lower = _ENDING.sub("", _NOT.sub(" not", lower))
    run = _formed(cut(lower) if _HAN.search(lower) else _PARTS.findall(lower))
    return run if _NEGATORS.isdisjoint(run) else _glued(run)


def _at_once(text: str, cut: _Cut) -> list[str] | None:
    """The words of a text that has its plain form but for wide marks; None of others."""
    lower = nearly_plain(text).lower()
    ordinary = ordinary_text().fullmatch(lower)
    if ordinary is None or "www" in lower:
        return None
    # Most texts in Chinese begin with it, which spares the search.
    has_han = "\u3400" <= lower[:1] <= "\u9fff" or _HAN.search(lower)
    parts = cut(lower) if has_han else _PARTS.findall(lower)
    # Without figures and the like all that is no sign is a word, and nothing is looked up.
    is_simple = ordinary.lastindex is None
    if not _NEGATORS.isdisjoint(parts):
        parts = _glued(parts if is_simple else _formed(parts))
    elif not is_simple:
        return list(filter(None, map(_WORDS.__getitem__, parts)))
    return list(filterfalse(_SIGNS.__contains__, parts))


def _formed(parts: Sequence[str]) -> list[str]:
    return list(filter(None, map(_FORMS.__getitem__, parts)))


class _Forms(dict[str, str]):
    """What each part of a text is as a token: itself, `mark` for a mark, nothing for a figure."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __missing__(self, part: str) -> str:
        if len(self) > _MOST_FORMS:
            self.clear()
        form = _form(part)
        form = self[part] = self.mark if form == BREAK else form
        return form


_FORMS, _WORDS = _Forms(BREAK), _Forms("")


def _form(part: str) -> str:
    if part.isspace():
        return BREAK if "\n" in part else ""
    if any(sign.isalpha() for sign in part):
        return part
    if any(sign.isdigit() for sign in part) or part in _WITHIN:
        return ""
    # What is left are marks and pictures; the shades of a picture are not told apart.
    kind = unicodedata.category(part[0])
    if kind == "So" and part not in "°©®™":
        return part
    return "" if kind in ("Sk", "Mn", "Me", "Cf") else BREAK


_NEGATORS = known("english", "negators") | known("chinese", "negators")
_SIGNS = {BREAK, *SIGNS}
_BREAKS = {BREAK, *(sign for sign in SIGNS if _form(sign) == BREAK)}
_PASSED = (
    known("english", "between") | known("chinese", "between") | (_SIGNS - _BREAKS)
) - _NEGATORS  # what may stand between a negation and its word
_ENDS = _NEGATORS | _BREAKS  # of what a negation reaches


def _glued(run: list[str]) -> list[str]:
    """A negation and the next word as one; words of degree between them fall away."""
    glued: list[str] = []
    done, last = 0, len(run)
    for place in compress(range(last), map(_NEGATORS.__contains__, run)):
        following = place + 1
        while following < last and run[following] in _PASSED:
            following += 1
        if following < last and (token := run[following]) not in _ENDS:
            glued += run[done:place]
            glued.append(_together(run[place], token))
            done = following + 1
    glued += run[done:]
    return glued


def _together(negator: str, token: str) -> str:
    if negator.isascii():
        return f"not {token}"
    # Not very, not quite and not at all turn a word round as not does.
    return f"{negator[0]}{token}"


def _names(products: Sequence[str]) -> tuple[str, ...]:
    """Names with Chinese characters that are short enough to be words, in one form."""
    distinct = dict.fromkeys(str(name) for name in products if name == name)
    names = [plain_text(name) for name in list(distinct)[:_MOST_NAMES]]
    return tuple(
        name.lower()
        for name in names
        if 1 < len(name) <= _LONGEST_NAME
        and _HAN.fullmatch(name[0])
        and name.isalnum()
    )


@lru_cache(maxsize=2)
def _cutter(names: tuple[str, ...]) -> _Cut:
    import rjieba

    if not names:
        return rjieba.cut
    cutter = rjieba.Jieba()
    for name in names:
        cutter.add_word(name, None, None)
    return cutter.cut
