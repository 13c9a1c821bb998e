"""Ratings as people write them: 4/5, 5 stars, 5星, ★★★★☆; or in words, which stay words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.numbers import MISSING_WORDS
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import literal

RATED = ("rating", "satisfaction")
_HAN = "一二三四五六七八九十"
_STARS = r"[★☆⭐✩✭✰\x{fe0f} ]+"
_OF = r"(?:\s*(?:/|／|out of|of|von|sur|de|su|van|av|af|из|з|z)\s*)"
_UNIT = (
    r"\s*(?:[- ]?stars?|sterne?n?|sterren|étoiles?|estrellas?|estrelas?|stelle?|stjern\w*"
    r"|gwiazd[a-zà-ž]*|hvězd[a-zà-ž]*|звезд[а-џ]*|yıldız|별점?"
    r"|つ星|颗星|顆星|星级?|星級|分|点|점|points?|pts?|★|⭐)"
)


_OUT_OF = re.compile(r"\s*(\d{1,3}(?:[.,]\d)?)\s?[/／]\s?(5|6|7|10|20|100)\s*")
_MAXIMUM_RATINGS = 120  # different ones


def share_a_scale(cells: Sequence[str]) -> bool:
    """Whether some texts are all figures out of the same one: 4/5, 2/5, and no dates or parts.

    >>> share_a_scale(["4/5", "2/5"]), share_a_scale(["4/5", "7/5"]), share_a_scale(["1/5", "2/7"])
    (True, False, False)
    """
    matches = [_OUT_OF.fullmatch(cell) for cell in cells]
    figures = [match.groups() for match in matches if match]
    return (
        0 < len(figures) == len(cells)
        and len({scale for _, scale in figures}) == 1
        and all(
            float(number.replace(",", ".")) <= int(scale)
            for number, scale in figures
        )
    )


def are_out_of_one(
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> bool:
    """Whether a column that no one has said holds figures out of the same one."""
    if facts.numeric or not facts.filled or facts.values > _MAXIMUM_RATINGS:
        return False
    if not any("/" in cell or "／" in cell for cell in facts.examples):
        return False
    cells = evidence.written(spec.position)
    return share_a_scale(
        [cell for cell in cells if cell.strip().lower() not in MISSING_WORDS]
    )


def rating_pattern(digits: str = r"\d{1,3}") -> str:
    """The forms of a rating that are no bare number; the number and what it is out of in groups."""
    number = rf"({digits}(?:[.,]\d+)?)"
    return (
        rf"(?:{_STARS}|[{_HAN}]{_UNIT}"
        rf"|(?:[★⭐]\s*)?{number}(?:{_OF}(\d{{1,3}}))?(?:{_UNIT})?)"
    )


def rating_column(
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> ColumnReading | None:
    """The reading of a column of ratings that are not bare numbers; None where they are.

    A rating out of something is read on the scale that most of them have; the others are not of
    that scale, and are missing.
    """
    if facts.plain == facts.filled:
        return None
    text = f"lower(t{spec.position})"
    form = literal(rating_pattern())
    number = f"regexp_extract({text}, {form}, 1)"
    scale = f"regexp_extract({text}, {form}, 2)"
    commonest = _commonest_scale(
        evidence, spec.position, scale.replace(text, "lower(t)")
    )
    stars = f"length(regexp_replace({text}, '[^★⭐]', '', 'g'))"
    value = (
        f"CASE WHEN NOT regexp_full_match({text}, {form}) THEN NULL"
        f" WHEN regexp_full_match({text}, {literal(_STARS)}) THEN CAST({stars} AS DOUBLE)"
        f" WHEN {number} = '' THEN CAST(strpos('{_HAN}', left({text}, 1)) AS DOUBLE)"
        f" WHEN {scale} NOT IN ('', {literal(commonest)}) THEN NULL"
        f" ELSE TRY_CAST(replace({number}, ',', '.') AS DOUBLE) END"
    )
    if len(evidence.try_out(spec.position, value)) > 0.5 * facts.filled:
        return None
    detail = {"scale": int(commonest)} if commonest else {}
    return spec.read_as("number", value, plain=True, detail=detail)


def _commonest_scale(evidence: Evidence, column: int, scale: str) -> str:
    """What most ratings are out of; "" where they do not say it."""
    scales: Counter[str] = Counter()
    for out_of, count in evidence.measure(column, f"{scale} <> ''", f"{scale}, n"):
        scales[out_of] += count
    return max(scales, key=scales.__getitem__, default="")
