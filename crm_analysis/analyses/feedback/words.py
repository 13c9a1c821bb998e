"""Texts cut into words: English by its letters, Chinese by rjieba, with a negation on its word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import filterfalse

from crm_analysis.analyses.feedback.plain_text import (
    FOUR,
    HAN,
    LONGEST,
    MARKS,
    PICTURES,
    as_ranges,
    nearly_plain,
    plain_text,
    simplified,
)
from crm_analysis.analyses.feedback.vocabulary import known

BREAK = "\n"  # stands among the tokens where a mark ends a clause

_HAN = re.compile(f"[{HAN}]")
_PARTS = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", re.UNICODE)
_NOT = re.compile(r"\b(ca|wo|sha)?n't\b|(?<=[a-z])n't\b")
_ENDING = re.compile(r"'(?:s|m|re|ve|ll|d)\b")
_WITHIN = frozenset("'-_/&+#%@*^~=`|\"“”‘’()[]《》「」『』<>$￥（）～")
_LONGEST_NAME = 12  # characters of a product's name that is a word of its own
_MOST_NAMES = 20_000
_MOST_FORMS = 300_000

_Cut = Callable[[str], list[str]]
_Match = Callable[[str], re.Match[str] | None]


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
    if len(products):
        return _words(text, _cutter(_names(products)))
    cut, shape_of, repeated = _at_hand()
    near = text[:LONGEST]
    if "…" in near or repeated(near):
        near = nearly_plain(near)
    shape = shape_of(near)
    if shape is None:
        return _words(text, cut)
    if shape.lastindex is None:
        return list(filter(str.isalpha, cut(near)))
    if shape.lastindex == _WITH_FIGURES:
        return _words(text, cut) if "www" in near else _glued(cut(near.lower()))
    run = cut(near)
    _glue(run)
    return list(filter(str.isalpha, run))


@cache
def _at_hand() -> tuple[_Cut, _Match, _Match]:
    """What most texts need: how they are cut, whether they are easy, what shows repeats."""
    return _cutter(()), _easy().fullmatch, FOUR.search


def _words(text: str, cut: _Cut) -> list[str]:
    """The words of a text of any signs."""
    near = nearly_plain(text[:LONGEST])
    if _easy().fullmatch(near) is None or "www" in near:
        return list(
            filterfalse(_NO_WORD.__contains__, _tokens(plain_text(text), cut))
        )
    return _glued(cut(near.lower()))


def _glued(run: list[str]) -> list[str]:
    _glue(run)
    # To ask a word whether it is made of letters is quicker than to look it up among all.
    return [part for part in run if part.isalpha() or _FORMS[part] not in _NO_WORD]


def tokens(texts: Sequence[str], products: Sequence[str] = ()) -> list[list[str]]:
    """The words of plain texts, with a BREAK where a mark ends a clause."""
    cut = _cutter(_names(products) if len(products) else ())
    return [_tokens(text, cut) for text in texts]


def _tokens(text: str, cut: _Cut) -> list[str]:
    shape = _easy().fullmatch(text)
    is_only_han = shape is not None and shape.lastindex != _WITH_FIGURES
    run = _formed(cut(text) if is_only_han else _parts(text, cut))
    _glue(run)
    return list(filter(None, run))


def _formed(parts: Sequence[str]) -> list[str]:
    # To ask a word whether it is made of letters is quicker than to look it up among all.
    return [part if part.isalpha() else _FORMS[part] for part in parts]


def _parts(text: str, cut: _Cut) -> list[str]:
    lower = text.lower()
    if "’" in lower:
        lower = lower.replace("’", "'")
    if "'" in lower:
        lower = _ENDING.sub("", _NOT.sub(" not", lower))
    return cut(lower) if _HAN.search(lower) else _PARTS.findall(lower)


@cache
def _easy() -> re.Pattern[str]:
    """What holds Han and nothing to be changed before it is cut but wide marks and capitals.

    The first group begins where a negation may; the second with a figure, a letter or a picture.
    Without the second all parts are words of Han or marks.
    """
    negators = known("chinese", "negators")
    alone = {word for word in negators if len(word) == 1}
    longer = {word[0] for word in negators if alone.isdisjoint(word)}
    turning = "".join(sorted(alone | longer))
    calm = as_ranges(simplified().difference(turning)) + MARKS
    figures = f"{PICTURES}a-zA-Z0-9"
    return re.compile(
        rf"(?=[^{HAN}]*+[{HAN}])[{calm}]*+([{turning}][{calm}{turning}]*+)?"
        rf"([{figures}][{calm}{turning}{figures}]*+)?"
    )


class _Forms(dict[str, str]):
    """What each part of a text is as a token: itself, BREAK for a mark, nothing for a figure."""

    def __missing__(self, part: str) -> str:
        if len(self) > _MOST_FORMS:
            self.clear()
        form = self[part] = _form(part)
        return form


_FORMS = _Forms()
_WITH_FIGURES = 2  # the group of `_easy`
_NO_WORD = frozenset(["", BREAK])


def _form(part: str) -> str:
    if not part or part.isspace():
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
_PASSED = (
    known("english", "between") | known("chinese", "between") | {""}
) - _NEGATORS  # what may stand between a negation and its word
_ENDS = _NEGATORS | {BREAK}  # of what a negation reaches
# Not very, not quite and not at all turn a word round as not does.
_PREFIX = {word: "not " if word.isascii() else word[0] for word in _NEGATORS}


def _glue(run: list[str]) -> None:
    """Make a negation and the next word one; words of degree between them become nothing."""
    if _NEGATORS.isdisjoint(run):
        return
    run.append(BREAK)
    # What changes stands behind the place that is asked, or is no negation.
    for place, negator in enumerate(run):
        if negator not in _NEGATORS:
            continue
        following = place + 1
        token = run[following]
        while token in _PASSED or not token.isalpha():
            token = _FORMS[token]
            if token not in _PASSED:
                break
            following += 1
            token = run[following]
        if token not in _ENDS:
            run[place] = _PREFIX[negator] + token
            while following > place:
                run[following] = ""
                following -= 1
    run.pop()


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
