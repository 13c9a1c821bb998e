"""What an .xlsx file says of its cells beside their values: formats, formulas, what is hidden."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

from crm_analysis.tables.unpacking.content import Content

_MAXIMUM_BYTES = 500 << 20  # of a part; larger ones are not looked at
_MAXIMUM_STYLES = 65_536  # as many as Excel knows
_PERCENT_FORMATS = (9, 10)  # that have no text of their own
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_FORMULA_ALONE = re.compile(
    rb'<c r="([A-Z]{1,3})\d+"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_COLUMN = re.compile(rb"<col\b[^>]*>")
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')
_LONGEST_WORD = 12
_DIVIDES = re.compile(r"[0#?],+(?![0#?,])")
_WRITTEN_CURRENCY = re.compile(r"\[\$([^\]-]+)|\"([^\"]+)\"|([$€£¥￥₹₩])")


class Signs:
    """The signs that cells are shown with: row, column (from 1) and sign, in the order of rows.

    There may be millions, so that a cell is one number here.
    """

    def __init__(self, signs: Mapping[int, str], cells: array[int]) -> None:
        self._signs = signs
        self._cells = cells

    def __iter__(self) -> Iterator[tuple[int, int, str]]:
        for cell in self._cells:
            yield cell >> 40, cell >> 20 & 0xFFFFF, self._signs[cell & 0xFFFFF]


@dataclass(frozen=True)
class SheetMarks:
    """Of one sheet: the sign of cells that are formatted with one.

    `formulas` counts the formulas without a stored value by column; `hidden_rows` are the rows
    that are not shown, `hidden_columns` the first and last of columns that are not.
    """

    signs: Signs = field(default_factory=lambda: Signs({}, array("Q")))
    formulas: Mapping[int, int] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: tuple[tuple[int, int], ...] = ()


def sheet_marks(content: Content, sheet: str) -> SheetMarks:
    """The marks of a sheet; none where the file is of another format."""
    data = content.data
    file = str(content.path) if data is None else io.BytesIO(data)
    try:
        with zipfile.ZipFile(file) as parts:
            path = _path_of(parts, sheet)
            if not path or parts.getinfo(path).file_size > _MAXIMUM_BYTES:
                return SheetMarks()
            styles = _signs_of_styles(_read(parts, "xl/styles.xml"))
            cells = parts.read(path)
    except (KeyError, OSError, zipfile.BadZipFile):  # a workbook of another format
        return SheetMarks()
    formulas = Counter(
        _column(match[1].decode()) for match in _FORMULA_ALONE.finditer(cells)
    )
    return SheetMarks(
        _signs_of_cells(cells, styles),
        formulas,
        len(_HIDDEN_ROW.findall(cells)),
        _hidden_columns(cells),
    )


def _hidden_columns(cells: bytes) -> tuple[tuple[int, int], ...]:
    """The first and last of columns that are not shown, from 1."""
    head = cells[: max(cells.find(b"<sheetData"), 0)]
    tags = [
        dict(_ATTRIBUTE.findall(tag.decode("utf-8", "replace")))
        for tag in _COLUMN.findall(head)
    ]
    return tuple(
        (int(tag["min"]), int(tag["max"]))
        for tag in tags
        if tag.get("hidden") in ("1", "true")
        and tag.get("min", "").isdecimal()
        and tag.get("max", "").isdecimal()
    )


def _read(parts: zipfile.ZipFile, path: str) -> str:
    return (
        parts.read(path).decode("utf-8", "replace")
        if path in parts.namelist()
        else ""
    )


def _path_of(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the cells of a sheet are."""
    tags = [
        dict(_ATTRIBUTE.findall(tag))
        for tag in _SHEET.findall(_read(parts, "xl/workbook.xml"))
    ]
    key = next(
        (tag.get("r:id") for tag in tags if unescape(tag.get("name", "")) == sheet),
        None,
    )
    links = re.findall(
        r"<Relationship\b[^>]*>", _read(parts, "xl/_rels/workbook.xml.rels")
    )
    targets = {
        link["Id"]: link["Target"]
        for link in (dict(_ATTRIBUTE.findall(tag)) for tag in links)
    }
    target = targets.get(key or "")
    if target is None:
        return None
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _signs_of_styles(styles: str) -> dict[int, str]:
    """The sign that each numbered style of cells shows: % or a currency."""
    codes = {
        int(tag["numFmtId"]): unescape(tag.get("formatCode", ""))
        for tag in (
            dict(_ATTRIBUTE.findall(text))
            for text in re.findall(r"<numFmt\b[^>]*>", styles)
        )
    }
    body = re.search(r"<cellXfs\b.*?</cellXfs>", styles, re.S)
    signs = {}
    formats = re.findall(r"<xf\b[^>]*>", body[0] if body else "")
    for number, text in enumerate(formats[:_MAXIMUM_STYLES]):
        code = int(dict(_ATTRIBUTE.findall(text)).get("numFmtId", 0))
        sign = "%" if code in _PERCENT_FORMATS else _sign_of(codes.get(code, ""))
        if sign:
            signs[number] = sign
    return signs


def _sign_of(code: str) -> str | None:
    """The sign that a format of numbers shows; with a space before it what multiplies.

    A format that itself divides by a thousand (`0,`) shows what the value is without it.

    >>> [_sign_of(code) for code in ('0.0%', '[$€-407]#,##0.00', '"¥"#,##0', '0.00', 'yyyy')]
    ['%', '€', '¥', None, None]
    >>> [_sign_of(code) for code in ('0.00 "Kč"', '0.0"万元"', '0.0,"k€"', '0 "pcs"')]
    ['Kč', ' 万元', '€', None]
    """
    positive = code.split(";")[0]
    bare = re.sub(r'"[^"]*"|\\.', "", positive)
    if "%" in bare:
        return "%"
    for match in _WRITTEN_CURRENCY.finditer(positive):
        sign = next(filter(None, match.groups())).strip()
        has_symbol = any(unicodedata.category(letter) == "Sc" for letter in sign)
        is_code = match[1] is not None or re.fullmatch("[A-Z]{3}|[元円]", sign)
        if len(sign) == 1 and not (has_symbol or is_code):
            continue  # a K or an M, by whatever it is divided
        if sign and len(sign) <= 4 and is_code:
            return sign
        if sign and len(sign) <= _LONGEST_WORD:
            worded = _sign_of_word(sign, bool(_DIVIDES.search(bare)))
            if worded:
                return worded
    return None


def _sign_of_word(word: str, is_divided: bool) -> str | None:
    """A word of a format as the sign of its figures: a currency, or what it multiplies by."""
    # Few formats have a word, and what it means takes long to load.
    from crm_analysis.tables.currencies import read_word

    meant = read_word(word)
    if meant.times != 1 and not is_divided:
        return f" {word}"
    if meant.times == 1 and meant.currency:
        return word
    return meant.currency or None


def _signs_of_cells(cells: bytes, styles: Mapping[int, str]) -> Signs:
    found = array("Q")
    if styles:
        wanted = "|".join(map(str, styles))
        pattern = re.compile(
            rf'<c r="([A-Z]{{1,3}})(\d{{1,7}})"(?=[^>]*\bs="({wanted})")'.encode()
        )
        for match in pattern.finditer(cells):
            letters, row, style = match.groups()
            column = _column(letters.decode())
            found.append(int(row) << 40 | column << 20 | int(style))
    in_order = all(first < second for first, second in pairwise(found))
    return Signs(styles, found if in_order else array("Q", sorted(found)))


def _column(letters: str) -> int:
    """The number of a column, from 1.

    >>> _column("A"), _column("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number
