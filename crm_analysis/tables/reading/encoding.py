"""Which encoding the bytes are in: the byte order mark, the pattern of zeros, strict UTF-8, then what the text looks like."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from crm_analysis.tables.reading.plausibility import worth

__all__ = ["Encoding", "decode", "detect", "normal_name"]

_MARKS = (
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
)
# The codecs that read what programs really write under these names (Microsoft's additions to the standards).
_CODECS = {"big5": "cp950", "shift_jis": "cp932", "euc_kr": "cp949"}
_SAMPLE = 48_000


@dataclass(frozen=True)
class Encoding:
    """The encoding, plausible others in order, how many bytes it cannot read, whether some lines are in cp1252 instead."""

    name: str
    others: tuple[str, ...] = ()
    mark: int = 0
    mixed: bool = False
    sure: bool = True


def normal_name(name: str) -> str:
    """The name Python knows an encoding by; LookupError where there is none such.

    >>> normal_name("GBK"), normal_name("tis-620")
    ('gbk', 'tis-620')
    """
    codec = codecs.lookup(name)
    if not codec._is_text_encoding:  # type: ignore[attr-defined]
        raise LookupError(name)
    return codec.name


def codec_of(name: str) -> str:
    """The codec that reads an encoding of this name."""
    return _CODECS.get(name, name)


def _as_cp1252(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    bad = problem.object[problem.start : problem.end]
    return bad.decode("cp1252", "backslashreplace"), problem.end


codecs.register_error("crm_cp1252", _as_cp1252)


def errors_of(encoding: Encoding) -> str:
    """What becomes of bytes the encoding cannot read: they are shown as \\xNN, or read as cp1252 in a mixed file."""
    return "crm_cp1252" if encoding.mixed else "backslashreplace"


def decode(data: bytes, encoding: Encoding) -> str:
    """The text of bytes that begin where the file begins."""
    return data[encoding.mark :].decode(
        codec_of(encoding.name.removesuffix("-sig")), errors_of(encoding)
    )


def detect(
    head: bytes, utf8: bool, sample: bytes | None = None, damaged: tuple[int, int] = (0, 0)
) -> Encoding:
    """The encoding of a file.

    `head` are its first bytes, `utf8` says whether all of it is strict UTF-8, `sample` holds lines with bytes beyond
    ASCII from anywhere in it, `damaged` counts its well-formed and its ill-formed UTF-8 sequences.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            if name == "utf-8-sig" and not utf8:
                return Encoding(name, ("cp1252", "gb18030"), len(mark), mixed=True, sure=False)
            return Encoding(name, (), len(mark))
    wide = _wide(head)
    if wide:
        return Encoding(wide, ())
    if utf8:
        return (
            Encoding("iso2022_jp", ("utf-8",))
            if re.search(rb"\x1b\$[B@]", head)
            else Encoding("utf-8", () if sample else ("cp1252", "gb18030"))
        )
    text = sample if sample is not None else head
    ranked = sorted(
        ((_score(text, name), -place, name) for place, name in enumerate(_CANDIDATES)), reverse=True
    )
    names = [name for score, _, name in ranked if score > -0.5] or ["cp1252"]
    good, bad = damaged
    if good and (good >= 4 * bad or (good > bad and ranked[0][0] < 0.6)):
        return Encoding("utf-8", tuple(names[:5]), mixed=True, sure=False)
    return Encoding(names[0], (*names[1:6], "utf-8"), sure=ranked[0][0] > 0.6)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark, by where the zero bytes stand."""
    head = head[: len(head) // 2 * 2]
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    for name, low, high in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        line_end = b"\n\0" if name == "utf-16-le" else b"\0\n"
        enough = high > 0.3 * half or (high > 0.04 * half and head.count(line_end) > 1)
        if enough and low <= 0.02 * half and high > 3 * low:
            try:
                text = head[:-2].decode(name)
            except UnicodeDecodeError:
                continue
            if worth(text) > 0 or text.isascii():
                return name
    return None


def _score(sample: bytes, name: str) -> float:
    """How much the sample looks like text when read as `name`: about 1 for common letters, below 0 for rubbish."""
    codec = codec_of(name)
    sample = sample[:_SAMPLE]
    beyond = sum(byte > 127 for byte in sample)
    if not beyond:
        return 0.0
    text = sample.decode(codec, "replace")
    lost = text.count("\ufffd")
    if lost > 0.02 * beyond + (2 if len(sample) == _SAMPLE else 0):
        return -9.0
    return worth(text) - 5 * lost / beyond
