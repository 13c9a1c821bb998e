"""How well a column's values bear a role: what names say is weighed by it."""

from __future__ import annotations

from dataclasses import dataclass

_FEW = 12  # with fewer rows, how often values repeat says nothing
_LONGEST_ANSWER = 40  # letters


@dataclass(frozen=True)
class ValueProfile:
    """What the sampled values of one column look like.

    From `integer` on, and `number` and `date`: the share (0 to 1) of the filled cells.
    """

    rows: int = 0
    filled: int = 0
    distinct: int = 0
    number: float = 0.0
    date: float = 0.0
    length: float = 0.0  # letters a cell
    words: float = 0.0  # words a cell
    worded: float = (
        0.0  # of the different values: figures beside the commonest unknown word
    )
    low: float | None = None
    high: float | None = None
    runs: float = 0.0  # share of rows whose value is the one of the row before
    steps: float = 0.0  # share of rows whose value is the one before plus 1
    integer: float = 0.0
    decimal: float = 0.0
    money: float = 0.0
    date8: float = 0.0  # 20110501
    month6: float = 0.0  # 201105
    year: float = 0.0
    yearless: float = 0.0  # 5 Jan, 1月5日, 05/01
    clock: float = 0.0
    letters: float = 0.0
    han: float = 0.0
    code: float = 0.0
    zeros: float = 0.0  # 007
    hashed: float = 0.0  # #1001
    email: float = 0.0
    negative: float = 0.0
    flag: float = 0.0
    rating: float = 0.0  # 4/5, 5星, ★★★★☆
    churn_word: float = 0.0
    arm_word: float = 0.0  # control, treatment, no e-mail
    currency: float = 0.0
    serial: float = 0.0  # may be Excel's number of a day
    pictured: float = 0.0  # 👍, ❤
    epoch: float = 0.0  # may be seconds since 1970

    @property
    def full(self) -> float:
        """Share of rows that are filled."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def ratio(self) -> float:
        """Distinct values a filled cell."""
        return self.distinct / self.filled if self.filled else 0.0


def is_id_like(values: ValueProfile) -> bool:
    """Whether the values could name things: whole numbers or codes, more than a handful."""
    return (
        (values.integer > 0.95 or values.code > 0.9)
        and values.decimal < 0.02
        and values.date < 0.5
        and values.date8 < 0.9
        and values.flag < 0.95
        and values.distinct > 2
    )


def is_code(values: ValueProfile) -> bool:
    """Whether the values are short names for things: hawaiian_m, A-102, 10045."""
    return (
        values.words < 1.3
        and values.length < 30
        and values.decimal < 0.02
        and values.date < 0.5
        and values.distinct > 2
        and values.email < 0.1
    )


# The gates of the roles: 1 where values bear the role fully, 0 where they do not at all.


def as_id(values: ValueProfile) -> float:
    """What names customers, orders, goods."""
    is_date = values.date > 0.5 and values.letters < 0.5
    if values.decimal > 0.05 or is_date or values.clock > 0.5:
        return 0.1
    if values.rows >= _FEW and values.distinct <= 2:
        return 0.3
    # R-0012 could be rand, but nobody gives back in every row.
    is_code = values.code > 0.9 and values.negative > 0.9
    if values.words > 6 or (values.money > 0.3 and not is_code):
        return 0.2
    return 1.0


def as_date(values: ValueProfile) -> float:
    """Days and moments, as dates or as numbers that a name says are dates."""
    best = max(
        values.date + 0.85 * values.yearless,
        values.date8,
        values.month6 * 0.9,
        0.75 * values.year,
        0.85 * values.epoch,
        0.85 * values.serial * (values.number > 0.9) * (1 - values.year),
        0.9
        * (values.date + values.serial)
        * (values.date > 0.2),  # Excel's days amid them
    )
    return best if best >= 0.6 else best * 0.3


def as_number(values: ValueProfile) -> float:
    """Numbers, be it with a word of any kind beside them, and no days written as 20110501."""
    if values.number + values.worded >= 0.8:
        return 0.2 if values.date8 > 0.95 and values.distinct > 3 else 1.0
    return 0.15 if values.number < 0.5 else 0.5


def as_quantity(values: ValueProfile) -> float:
    """Numbers without a currency, whole ones rather."""
    if values.money > 0.5:
        return 0.3
    return as_number(values) * (0.75 if values.decimal > 0.5 else 1.0)


def as_category(values: ValueProfile) -> float:
    """Words that come again."""
    if values.length > 60 or values.date > 0.5:
        return 0.2
    if values.rows >= 50 and values.ratio > 0.9:
        return 0.35
    return 0.45 if values.number > 0.9 else 1.0


def as_campaign(values: ValueProfile) -> float:
    """A category, or the numbers of campaigns; not a small count."""
    if values.number > 0.9 and values.distinct < 100 and (values.high or 0) < 100:
        return 0.3
    return as_category(values) if values.number < 0.9 else 0.9


def as_country(values: ValueProfile) -> float:
    """A few words."""
    return 1.0 if values.letters > 0.8 and values.words < 6 else 0.2


def as_product(values: ValueProfile) -> float:
    """Names of goods, or codes of many."""
    if values.letters < 0.5:
        is_known_by_code = (
            is_id_like(values) and values.distinct > 20 and not values.negative
        )
        return 0.6 if is_known_by_code else 0.35
    if values.words > 14 or values.length > 120:
        return 0.6
    if values.date > 0.5:
        return 0.1
    return 0.8 if values.rows >= 50 and values.distinct <= 1 else 1.0


def as_flag(values: ValueProfile) -> float:
    """Two values, or three of which one is a word for missing; no long text is an answer."""
    if values.length > _LONGEST_ANSWER:
        return 0.1
    if values.flag < 0.5 and 1 < values.distinct == values.filled:
        return 0.4  # none has come again
    if values.distinct <= 2:
        return 0.9 if values.distinct == 1 and values.rows >= _FEW else 1.0
    if values.distinct == 3:
        return 0.75 if values.number < 0.5 else 0.4
    return 0.1


def as_happened(values: ValueProfile) -> float:
    """Yes or no; how often it happened; or when."""
    is_count = values.number > 0.95 and values.decimal < 0.02
    return max(as_flag(values), 0.9 if is_count or values.date > 0.95 else 0.0)


def as_outcome(values: ValueProfile) -> float:
    """Two values, and both of them come."""
    return as_flag(values) if values.distinct == 2 else 0.1


def as_arm(values: ValueProfile) -> float:
    """A few names or numbers, one for each customer."""
    is_few = 2 <= values.distinct <= 8 and values.length < 40
    return 1.0 if is_few and values.full > 0.9 and values.decimal < 0.02 else 0.1


def as_text(values: ValueProfile) -> float:
    """Free words, long and mostly different."""
    if values.number > 0.5 or values.date > 0.5:
        return 0.05
    if values.pictured > 0.5:
        return 0.85  # of pictures alone, a few come again and again
    if values.letters < 0.5:
        return 0.05
    if values.rows >= _FEW and values.distinct <= 5:
        return 0.1
    is_long = values.length >= (6 if values.han > 0.5 else 20)
    if is_long and values.ratio > 0.3:
        return 1.0
    return 0.7 if is_long or (values.ratio > 0.5 and values.words > 2) else 0.4


def as_comment(values: ValueProfile) -> float:
    """Text that a name says is a comment: then a few phrases may come again and again."""
    is_phrase = values.words > 1.5 or (values.han > 0.5 and values.length >= 3)
    is_words = values.letters > 0.5 and values.number < 0.5 and values.date < 0.5
    return max(as_text(values), 0.85 if is_phrase and is_words else 0.0)


def as_rating(values: ValueProfile) -> float:
    """Numbers up to 100, or what is written for them: 4/5, 5 stars, ★★★★☆."""
    if values.number > 0.9:
        return 1.0 if values.distinct <= 101 and (values.high or 0) <= 100 else 0.3
    return 1.0 if values.number + values.rating > 0.9 else 0.1


def as_recommendation(values: ValueProfile) -> float:
    """Whole numbers, as an answer to how likely one is to recommend.

    From 0 to 10, as a rule; whether a scale to 5, 7 or 100 is meant is asked.
    """
    if values.number < 0.9:
        return as_rating(values) * 0.5
    is_scale = (values.high or 0) <= 100 and (values.low or 0) >= 0
    is_whole = values.decimal < 0.02
    return 1.0 if is_scale and is_whole else 0.6 * as_rating(values)


def as_opinion(values: ValueProfile) -> float:
    """A rating, or one in a few words: negative, neutral, positive."""
    is_short = values.words < 4 and values.length < 25 and 2 <= values.distinct <= 7
    return max(
        as_rating(values), 0.85 if is_short and values.letters > 0.9 else 0.0
    )


def as_value(values: ValueProfile) -> float:
    """Numbers that do not merely count the rows."""
    if values.number < 0.8 or values.date8 > 0.95:
        return 0.1
    if values.steps < 0.9 or values.rows < _FEW:
        return 1.0
    counts_rows = values.ratio > 0.98 and values.low in (0, 1)
    return 0.35 if counts_rows else 0.75


def as_series(values: ValueProfile) -> float:
    """Short names that come again."""
    if values.decimal > 0.05 or values.date > 0.5:
        return 0.1
    if values.rows >= _FEW and values.ratio > 0.8:
        return 0.2
    return 0.3 if values.words > 8 else 1.0


def as_currency(values: ValueProfile) -> float:
    """EUR, $, 人民币."""
    if values.currency > 0.8:
        return 1.0
    return 0.4 if values.length < 12 and values.number < 0.5 else 0.1


# What values alone say for a role where the name says nothing: at most 0.6.


def nothing(values: ValueProfile) -> float:
    """Most values say nothing without a name."""
    return 0.0


def surely_date(values: ValueProfile) -> float:
    """Dates are known by their form."""
    if values.date > 0.9:
        return 0.6
    return 0.55 if values.date8 > 0.98 and values.distinct > 2 else 0.0


def surely_text(values: ValueProfile) -> float:
    """Sentences are known by their length."""
    is_chinese = values.han > 0.5
    is_long = values.length >= (8 if is_chinese else 25)
    is_long = is_long and (is_chinese or values.words >= 4)
    is_free = values.letters > 0.8 and values.number < 0.1 and is_long
    return 0.6 if is_free and values.ratio > 0.5 else 0.0


def surely_value(values: ValueProfile) -> float:
    """Numbers that are no rows' numbers, days or years may be what is measured."""
    is_measured = (
        values.number > 0.9
        and values.steps < 0.9
        and values.date8 < 0.9
        and values.year < 0.9
        and values.distinct > 2
    )
    if not is_measured:
        return 0.0
    return 0.56 if values.decimal > 0.1 else 0.54
