"""Which encoding the bytes are in.

By the byte order mark, the pattern of zeros, strict UTF-8, then by what the text looks like.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading.familiar import familiarity
from crm_analysis.tables.reading.plausibility import plausibility

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# In the order they are preferred where the text says nothing.
_CANDIDATES = (
    "cp1252",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
    "euc_jp",
    "cp874",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "koi8_r",
    "cp1255",
    "cp1256",
    "cp866",
    "mac_roman",
)
# The codecs that read what programs really write under these names (Microsoft's additions to the
# standards).
_CODECS = {"big5": "cp950", "shift_jis": "cp932", "euc_kr": "cp949"}
_SAMPLE_BYTES = 48_000
_RUBBISH = -9.0
_FAMILIAR_WEIGHT = 0.6
_NEAR = 0.1
_WORD_BREAK = re.compile(r"[\s,;|\"]+")


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file, and plausible others in order.

    `bom` is the length of the byte order mark; `mixed` says that some lines are in cp1252 instead.
    """

    name: str
    others: tuple[str, ...] = ()
    bom: int = 0
    mixed: bool = False
    sure: bool = True

    @property
    def codec(self) -> str:
        """The codec that reads the bytes after the mark."""
        return _codec_of(self.name.removesuffix("-sig"))

    @property
    def errors(self) -> str:
        """What becomes of bytes it cannot read: shown by their code, or read as cp1252 if mixed."""
        return "crm_cp1252" if self.mixed else "backslashreplace"

    def decode(self, data: bytes) -> str:
        """The text of bytes that begin where the file begins."""
        return data[self.bom :].decode(self.codec, self.errors)


def normal_name(name: str) -> str:
    """The name Python knows an encoding by; LookupError where there is none such.

    >>> normal_name("GBK"), normal_name("tis-620")
    ('gbk', 'tis-620')
    """
    codec = codecs.lookup(name)
    if not codec._is_text_encoding:
        raise LookupError(name)
    return codec.name


def _codec_of(name: str) -> str:
    """The codec that reads an encoding of this name."""
    return _CODECS.get(name, name)


def choose_encoding(name: str, detected: Encoding) -> Encoding:
    """The encoding a person named, with the detected ones as others; AnalysisError for no such."""
    try:
        chosen = normal_name(name)
        b"".decode(chosen)
    except (LookupError, UnicodeError) as problem:
        raise AnalysisError("reading.no_such_encoding", encoding=name) from problem
    if chosen in ("utf-16", "utf-32"):
        chosen = (
            detected.name if detected.name.startswith(chosen) else f"{chosen}-le"
        )
    others = tuple(
        other
        for other in dict.fromkeys((detected.name, *detected.others))
        if normal_name(_codec_of(other)) != chosen
    )
    has_mark = _family(chosen) == _family(detected.name)
    return Encoding(chosen, others, detected.bom if has_mark else 0)


def _family(name: str) -> str:
    """What encodings with one byte order mark share: utf-16 of utf-16-le."""
    return name.removesuffix("-sig")[:6].replace("_", "-")


def _as_cp1252(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    unreadable = problem.object[problem.start : problem.end]
    return unreadable.decode("cp1252", "backslashreplace"), problem.end


codecs.register_error("crm_cp1252", _as_cp1252)


def detect(
    head: bytes,
    utf8: bool,
    sample: bytes | None = None,
    damaged: tuple[int, int] = (0, 0),
) -> Encoding:
    """The encoding of a file.

    `head` are its first bytes, `utf8` says whether all of it is strict UTF-8, `sample` holds lines
    with bytes beyond ASCII from anywhere in it, `damaged` counts its well-formed and its ill-formed
    UTF-8 sequences.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            if name == "utf-8-sig" and not utf8:
                return Encoding(
                    name,
                    ("cp1252", "gb18030"),
                    len(mark),
                    mixed=True,
                    sure=False,
                )
            return Encoding(name, (), len(mark))
    if wide := _utf16_without_mark(head):
        return Encoding(wide)
    if utf8 and re.search(rb"\x1b\$[B@]", head):
        return Encoding("iso2022_jp", ("utf-8",))
    if utf8:
        return Encoding("utf-8", () if sample else ("cp1252", "gb18030"))
    return _eight_bit(head if sample is None else sample, damaged)


def _eight_bit(text: bytes, damaged: tuple[int, int]) -> Encoding:
    """The encoding under which the text looks most like writing, or UTF-8 that is damaged."""
    ranked = sorted(
        (
            (_score(text, name), -rank, name)
            for rank, name in enumerate(_CANDIDATES)
        ),
        reverse=True,
    )
    best_score = ranked[0][0]
    names = [name for score, _, name in ranked if score > -0.5] or ["cp1252"]
    well_formed, ill_formed = damaged
    mostly_utf8 = well_formed >= 4 * ill_formed
    if well_formed and (
        mostly_utf8 or (well_formed > ill_formed and best_score < 0.6)
    ):
        return Encoding("utf-8", tuple(names[:5]), mixed=True, sure=False)
    sure = best_score > 0.6 and not _has_rival(text, names[0], ranked)
    return Encoding(names[0], (*names[1:6], "utf-8"), sure=sure)


def _has_rival(
    text: bytes, best: str, ranked: Sequence[tuple[float, int, str]]
) -> bool:
    """Whether another encoding is nearly as likely and reads other letters."""
    near = {name for score, _, name in ranked if score > ranked[0][0] - _NEAR}
    own = text.decode(_codec_of(best), "replace")
    return any(text.decode(_codec_of(name), "replace") != own for name in near)


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 by where the zero bytes stand."""
    head = head[: len(head) // 2 * 2]
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    for name, few, many, line_end in (
        ("utf-16-le", even, odd, b"\n\0"),
        ("utf-16-be", odd, even, b"\0\n"),
    ):
        enough = many > 0.3 * half or (
            many > 0.04 * half and head.count(line_end) > 1
        )
        if not enough or few > 0.02 * half or many <= 3 * few:
            continue
        try:
            text = head[:-2].decode(name)
        except UnicodeDecodeError:
            continue
        if text.isascii() or plausibility(text) > 0:
            return name
    return None


def _score(sample: bytes, name: str) -> float:
    """How much the sample, read as `name`, looks like text: about 1 if so, below 0 for rubbish."""
    sample = sample[:_SAMPLE_BYTES]
    beyond_ascii = sum(byte > 127 for byte in sample)
    if not beyond_ascii:
        return 0.0
    # To it a lone quotation mark of Windows is a letter: one sign alone does not speak for it.
    if name == "mac_roman" and len({byte for byte in sample if byte > 127}) < 2:
        return 0.0
    text = sample.decode(_codec_of(name), "replace")
    unreadable = text.count("\ufffd")
    cut_off = 2 if len(sample) == _SAMPLE_BYTES else 0
    if unreadable > 0.02 * beyond_ascii + cut_off:
        return _RUBBISH
    # A word that comes again and again says no more than once.
    words = " ".join(dict.fromkeys(_WORD_BREAK.split(text)))
    familiar = _FAMILIAR_WEIGHT * familiarity(words)
    return plausibility(words) + familiar - 5 * unreadable / beyond_ascii
