"""Texts cut into words: English by its letters, Chinese by rjieba, with a negation on its word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from crm_analysis.analyses.feedback.plain_text import LONGEST, plain_text
from crm_analysis.analyses.feedback.vocabulary import known

BREAK = "\n"  # stands among the tokens where a mark ends a clause

_HAN = re.compile("[\u3400-\u9fff]")
_PARTS = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", re.UNICODE)
_NOT = re.compile(r"\b(ca|wo|sha)?n't\b|(?<=[a-z])n't\b")
_ENDING = re.compile(r"'(?:s|m|re|ve|ll|d)\b")
_WITHIN = frozenset("'-_/&+#%@*^~=`|\"“”‘’()[]《》「」『』<>$￥")
_LONGEST_NAME = 12  # characters of a product's name that is a word of its own
_MOST_NAMES = 20_000
_MOST_FORMS = 300_000


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
    found = tokens([plain_text(text[:LONGEST])], products)[0]
    return [token for token in found if token != BREAK]


def tokens(texts: Sequence[str], products: Sequence[str] = ()) -> list[list[str]]:
    """The words of plain texts, with a BREAK where a mark ends a clause."""
    cut = _cutter(_names(products) if len(products) else ())
    forms = _FORMS
    if len(forms) > _MOST_FORMS:
        forms.clear()
    lists = []
    for text in texts:
        lower = text.lower()
        if "’" in lower:
            lower = lower.replace("’", "'")
        if "'" in lower:
            lower = _ENDING.sub("", _NOT.sub(" not", lower))
        parts = cut(lower) if _HAN.search(lower) else _PARTS.findall(lower)
        run = [token for part in parts if (token := forms[part])]
        lists.append(run if _NEGATORS.isdisjoint(run) else list(_glued(run)))
    return lists


class _Forms(dict[str, str]):
    """What each part of a text is as a token: itself, BREAK for a mark, nothing for a figure."""

    def __missing__(self, part: str) -> str:
        form = _form(part)
        self[part] = form
        return form


_FORMS = _Forms()


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
_BETWEEN = known("english", "between") | known("chinese", "between")


def _glued(run: Iterable[str]) -> Iterable[str]:
    """A negation and the next word as one; words of degree between them fall away."""
    negator = ""
    held: list[str] = []
    for token in run:
        if token == BREAK:
            yield from held
            negator, held = "", []
            yield token
        elif token in _NEGATORS:
            yield from held
            negator, held = token, [token]
        elif negator and token in _BETWEEN:
            held.append(token)
        elif negator:
            yield _together(negator, token)
            negator, held = "", []
        else:
            yield token
    yield from held


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
def _cutter(names: tuple[str, ...]) -> Callable[[str], list[str]]:
    import rjieba

    if not names:
        return rjieba.cut
    cutter = rjieba.Jieba()
    for name in names:
        cutter.add_word(name, None, None)
    return cutter.cut
