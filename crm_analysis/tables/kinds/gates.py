"""How well a column's values bear a role, and what values say where names say nothing."""

from __future__ import annotations

from crm_analysis.tables.roles.profiles import Facts

__all__ = ["blind", "gate", "is_code", "is_id_like"]

_FEW = 12  # with fewer rows, how often values repeat says nothing


def gate(role: str, seen: Facts) -> float:
    """How well the values could be a `role`: 1 fully, 0 not at all. A column with nothing in it bears any role a little."""
    if not seen.filled:
        return 0.3 if seen.rows else 0.9
    return _GATES[role](seen) * (0.85 if seen.full < 0.02 else 1.0)


def is_id_like(seen: Facts) -> bool:
    """Whether the values could name things: whole numbers or codes, no dates, no decimals, more than a handful."""
    return (
        (seen.integer > 0.95 or seen.code > 0.9)
        and seen.decimal < 0.02
        and seen.date < 0.5
        and seen.date8 < 0.9
        and seen.flag < 0.95
        and seen.distinct > 2
    )


def is_code(seen: Facts) -> bool:
    """Whether the values are short names for things that come again or are written as codes: hawaiian_m, A-102, 10045."""
    return (
        seen.words < 1.3
        and seen.length < 30
        and seen.decimal < 0.02
        and seen.date < 0.5
        and seen.distinct > 2
        and seen.email < 0.1
    )


def _id(seen: Facts) -> float:
    if seen.decimal > 0.05 or (seen.date > 0.5 and seen.letters < 0.5) or seen.clock > 0.5:
        return 0.1
    if seen.rows >= _FEW and seen.distinct <= 2:
        return 0.3
    if seen.words > 6 or seen.money > 0.3:
        return 0.2
    return 1.0


def _date(seen: Facts) -> float:
    # the rest counts where the name says that it is a date: 20110501, 201105, 2011, Excel's day numbers, seconds since 1970
    others = max(
        seen.date8,
        seen.month6 * 0.9,
        0.75 * seen.year,
        0.85 * seen.epoch,
        0.85 * seen.serial * (seen.number > 0.9) * (1 - seen.year),
    )
    best = max(seen.date, others)
    return best if best >= 0.6 else best * 0.3


def _number(seen: Facts) -> float:
    if seen.number >= 0.8:
        return 0.2 if seen.date8 > 0.95 and seen.distinct > 3 else 1.0
    return 0.15 if seen.number < 0.5 else 0.5


def _quantity(seen: Facts) -> float:
    if seen.money > 0.5:
        return 0.3
    return _number(seen) * (0.75 if seen.decimal > 0.5 else 1.0)


def _category(seen: Facts) -> float:
    if seen.length > 60 or (seen.date > 0.5):
        return 0.2
    if seen.rows >= 50 and seen.ratio > 0.9:
        return 0.35
    return 0.45 if seen.number > 0.9 else 1.0


def _campaign(seen: Facts) -> float:
    return (
        0.3
        if seen.number > 0.9 and seen.distinct < 100 and (seen.high or 0) < 100
        else _category(seen)
        if seen.number < 0.9
        else 0.9
    )


def _country(seen: Facts) -> float:
    return 1.0 if seen.letters > 0.8 and seen.words < 6 else 0.2


def _product(seen: Facts) -> float:
    if seen.letters < 0.5:
        return 0.6 if is_id_like(seen) and seen.distinct > 20 and not seen.negative else 0.35
    if seen.words > 14 or seen.length > 120:
        return 0.6
    if seen.date > 0.5:
        return 0.1
    return 0.8 if seen.rows >= 50 and seen.distinct <= 1 else 1.0


def _flag(seen: Facts) -> float:
    if seen.distinct <= 2:
        return 0.9 if seen.distinct == 1 and seen.rows >= _FEW else 1.0
    if seen.distinct == 3:
        return 0.75 if seen.number < 0.5 else 0.4
    return 0.1


def _text(seen: Facts) -> float:
    if seen.letters < 0.5 or seen.number > 0.5 or seen.date > 0.5:
        return 0.05
    if seen.rows >= _FEW and seen.distinct <= 5:
        return 0.1
    long = seen.length >= (6 if seen.han > 0.5 else 20)
    if long and seen.ratio > 0.3:
        return 1.0
    return 0.7 if long or (seen.ratio > 0.5 and seen.words > 2) else 0.4


def _rating(seen: Facts) -> float:
    if seen.number > 0.9:
        return 1.0 if seen.distinct <= 101 and (seen.high or 0) <= 100 else 0.3
    return 0.1  # a rating in words is a category, and is no mean of anything


def _value(seen: Facts) -> float:
    if seen.number < 0.8 or seen.date8 > 0.95:
        return 0.1
    return 0.35 if seen.steps > 0.9 and seen.rows >= _FEW else 1.0


def _series(seen: Facts) -> float:
    if seen.decimal > 0.05 or seen.date > 0.5:
        return 0.1
    if seen.rows >= _FEW and seen.ratio > 0.8:
        return 0.2
    return 0.3 if seen.words > 8 else 1.0


def _currency(seen: Facts) -> float:
    return 1.0 if seen.currency > 0.8 else 0.4 if seen.length < 12 and seen.number < 0.5 else 0.1


_GATES = {
    "customer": _id,
    "order": _id,
    "product_code": _id,
    "date": _date,
    "product": _product,
    "quantity": _quantity,
    "unit_price": _number,
    "amount": _number,
    "discount": _number,
    "cost": _number,
    "currency": _currency,
    "category": _category,
    "country": _country,
    "channel": _category,
    "campaign": _campaign,
    "churned": _flag,
    "responded": _flag,
    "satisfaction": _rating,
    "rating": _rating,
    "text": _text,
    "value": _value,
    "series": _series,
}


def blind(role: str, seen: Facts) -> float:
    """What the values alone say for a role, at most 0.6: for columns whose name says nothing."""
    if not seen.filled or seen.full < 0.3:
        return 0.0
    if role == "date":
        return 0.6 if seen.date > 0.9 else 0.55 if seen.date8 > 0.98 and seen.distinct > 2 else 0.0
    if role == "text":
        free = (
            seen.letters > 0.8
            and seen.number < 0.1
            and (seen.length >= 8 if seen.han > 0.5 else seen.length >= 25 and seen.words >= 4)
        )
        return 0.6 if free and seen.ratio > 0.5 else 0.0
    if role == "value":
        usable = (
            seen.number > 0.9
            and seen.steps < 0.9
            and seen.date8 < 0.9
            and seen.year < 0.9
            and seen.distinct > 2
        )
        return (0.56 if seen.decimal > 0.1 else 0.54) if usable else 0.0
    return 0.0
