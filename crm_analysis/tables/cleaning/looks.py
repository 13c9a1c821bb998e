"""The type of a column that no one has said, by what its values and its name look like."""

from __future__ import annotations

import re

from crm_analysis.tables.cleaning.date_order import FileContext
from crm_analysis.tables.cleaning.date_reading import (
    date_column,
    sounds_like_date,
)
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.flag_reading import is_tick, is_yes_no
from crm_analysis.tables.cleaning.number_reading import (
    FigureOptions,
    number_column,
)
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.rating_reading import are_out_of_one
from crm_analysis.tables.currencies import read_word
from crm_analysis.tables.kinds import ValueType

_ID_NAME = re.compile(
    r"(?i)((^|[_\s\-.])(id|code|nr|zip|zipcode|postcode|phone|tel|mobile|sku|ean|upc|isbn|barcode"
    r"|ssn|iban)$|[^a-z]id$|(?-i:[a-z](ID|Id|Code)$)"
    r"|(user|cust|customer|client|member|account|order|invoice|product|item)(id|code)$"
    r"|^(phone|zip|postal)|编号|编码|代码|单号|号码|^电话|手机"
    r"|邮编|条码|卡号|账号|身份证|货号|工号|会员号)"
)
_PAIR_OF_WORDS = 4  # in their different ways of writing: yes, Yes, no, No
_STRAY_VALUES, _STRAY_SHARE = 20, 0.02


def looks_like(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    options: CleanOptions,
    delimiter: str | None,
) -> ValueType:
    """The type of a column that no one has said, by what its values look like."""
    at_once = _at_once(spec, facts, evidence)
    if at_once:
        return at_once
    order = options.of("date_order", spec.name, spec.source)
    numeric = facts.numeric
    stray = facts.filled - numeric
    tolerated = min(_STRAY_VALUES, int(_STRAY_SHARE * facts.filled))
    codes = facts.zero_led or facts.like_code or facts.long_digits
    if _is_date_in_numbers(spec, facts):
        return "date"
    if numeric and stray <= tolerated and not codes:
        if facts.families.get("compact", 0) == facts.filled and (
            sounds_like_date(spec.source) or facts.filled >= 5
        ):
            column = date_column(
                spec, facts, evidence, context, order, is_said=True
            )
            if _tried(evidence, column) == 0:
                return "date"
        if _is_numbered(spec, facts, stray):
            return "id"
        figures = FigureOptions.of(spec, options, delimiter)
        column = number_column(spec, facts, figures, money=False, guarded=True)
        one_unit = _has_one_unit(facts)
        if _tried(evidence, column) <= tolerated and one_unit:
            return column.type
    if numeric >= facts.filled and codes:
        return "id"
    amid = are_written_out(spec, facts)
    if amid or _dated(spec, facts) >= (1 - _STRAY_SHARE) * facts.filled:
        column = date_column(spec, facts, evidence, context, order, is_said=amid)
        if _tried(evidence, column) <= max(
            tolerated, int(_STRAY_SHARE * facts.filled)
        ):
            return "date"
    return _in_words(spec, facts, evidence)


def _at_once(
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> ValueType | None:
    """The type that a column's cells say whatever numbers or dates they may be; or None."""
    if not facts.filled:
        return "text"
    if _is_ticked(spec, facts, evidence):
        return "flag"
    if sounds_like_date(spec.source) or not are_out_of_one(spec, facts, evidence):
        return None
    return "number"


def _dated(spec: ColumnSpec, facts: ColumnEvidence) -> int:
    """How many values are dates; 1/2 and 3/4 are days only where a name says so."""
    bare_days = facts.families.get("numeric_only", 0)
    dated = sum(facts.families.values())
    return dated if sounds_like_date(spec.source) else dated - bare_days


def are_written_out(spec: ColumnSpec, facts: ColumnEvidence) -> bool:
    """Whether dates are written as such; Excel's days may stand amid them."""
    in_words = _dated(spec, facts) - facts.families.get("compact", 0)
    return (
        bool(in_words) and in_words + facts.dot >= (1 - _STRAY_SHARE) * facts.filled
    )


def _in_words(
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> ValueType:
    """The type of a column that is neither numbers nor dates."""
    is_pair = facts.values - facts.blank <= _PAIR_OF_WORDS
    if is_pair and is_yes_no(evidence.written(spec.position)):
        return "flag"
    few = facts.values <= max(50, 0.1 * facts.cells) and facts.longest <= 80
    is_short_list = few and facts.values <= 50 and not facts.numeric
    if _ID_NAME.search(spec.source) and facts.longest <= 40 and not is_short_list:
        return "id"
    return "category" if few else "text"


def _is_ticked(spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence) -> bool:
    """Whether a column has one mark for yes (√, x, 1, 是), and blanks elsewhere."""
    if facts.values - facts.blank > _PAIR_OF_WORDS or not facts.blank:
        return False
    written = {value.strip().lower() for value in evidence.written(spec.position)}
    return len(written) == 1 and is_tick(*written)


def _has_one_unit(facts: ColumnEvidence) -> bool:
    """Whether what is written beside the figures, and is no currency and no thousand, is one."""
    units = [
        count
        for word, count in facts.after.items()
        if not (read_word(word).currency or read_word(word).times != 1)
    ]
    return not units or max(units) >= 0.95 * facts.filled


def _has_same_length(facts: ColumnEvidence) -> bool:
    return facts.all_digits == facts.filled and facts.shortest == facts.longest


def _is_date_in_numbers(spec: ColumnSpec, facts: ColumnEvidence) -> bool:
    """Seconds since 1970 or Excel's days, in a column that is called a date."""
    if not sounds_like_date(spec.source) or not _has_same_length(facts):
        return False
    if facts.low is None or facts.high is None:
        return False
    if facts.longest == 5:
        return facts.low >= 20_000 and facts.high <= 80_000
    steps = 10 ** (facts.longest - 10)
    is_epoch = facts.longest in (10, 13, 16, 19)
    return is_epoch and facts.low / steps >= 6e8 and facts.high / steps < 3e9


def _is_numbered(spec: ColumnSpec, facts: ColumnEvidence, stray: int) -> bool:
    """Whole numbers that name things: by the column's name, or as long as phones."""
    whole = facts.all_digits + facts.dot_zero >= facts.filled - stray
    if _ID_NAME.search(spec.source) and whole:
        return True
    return _has_same_length(facts) and facts.longest >= 9


def _tried(evidence: Evidence, column: ColumnReading) -> int:
    """How many of the distinct values seen a reading gives nothing for."""
    return len(evidence.try_out(column.position, column.value, column.structs))
