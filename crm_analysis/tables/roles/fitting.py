"""Columns to roles, and tables to kinds: names and values weighed together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.kinds.gates import blind, gate, is_code, is_id_like
from crm_analysis.tables.roles.kind_scores import KIND_SCORES
from crm_analysis.tables.roles.money import Money, settle_money
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.sampling import Seen

__all__ = ["Fit", "fit", "fit_kind"]

_LOWEST = 0.35  # a role is proposed from this score on
_GENERIC = frozenset({"id", "number", "code", "name", "serial", "unique", "?"})


@dataclass(frozen=True)
class Fit:
    """A kind of table with its columns, how sure each is, and how well (`score`) and how surely (`certainty`) the kind fits."""

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float]
    score: float
    certainty: float = 0.0


def fit(seen: Seen) -> list[Fit]:
    """Every kind with its columns, the best first."""
    fits = sorted((fit_kind(seen, kind) for kind in KINDS), key=lambda one: -one.score)
    lead = fits[0].score - fits[1].score
    certainty = min(0.97, max(0.1, fits[0].score)) * min(1.0, 0.7 + lead)
    return [
        Fit(
            one.kind,
            one.columns,
            one.confidence,
            one.score,
            round(certainty, 3) if place == 0 else 0.0,
        )
        for place, one in enumerate(fits)
    ]


def fit_kind(seen: Seen, kind: str) -> Fit:
    """The columns of one kind: the best free column for the surest role first."""
    if kind == "transactions" and seen.raw.reading.layout == "baskets":
        order, product = seen.names[:2]
        return Fit(
            "transactions",
            {"order": order, "product": product},
            {"order": 0.97, "product": 0.97},
            1.0,
        )
    roles = [role.name for role in KINDS[kind].roles]
    scores = {
        (role, place): _score(seen, kind, role, place)
        for role in roles
        for place in range(len(seen.names))
    }
    taken: dict[str, int] = {}
    used: set[int] = set()
    # on a tie the earlier role and the earlier column
    for (role, place), score in sorted(scores.items(), key=lambda item: -round(item[1], 4)):
        if score >= _LOWEST and role not in taken and place not in used:
            taken[role] = place
            used.add(place)
    sure = {role: _confidence(scores, taken, role) for role in taken}
    if kind == "transactions":
        _transactions(seen, scores, taken, sure)
    columns = {role: seen.names[taken[role]] for role in roles if role in taken}
    confidence = {role: round(min(0.98, sure[role]), 3) for role in columns}
    return Fit(kind, columns, confidence, round(KIND_SCORES[kind](seen, taken, sure), 4))  # type: ignore[arg-type]


def _score(seen: Seen, kind: str, role: str, place: int) -> float:
    name, one = seen.names[place], seen.facts[place]
    chain = concepts(name) if seen.headed else ()
    known = set(chain) - {"?"}
    named = name_score(role, name) if seen.headed else 0.0
    if role == "product" and kind == "feedback":
        named = named if set(chain) & {"product", "sku", "model"} else 0.0
        named = max(
            named,
            0.85 * name_score("product_code", name),
            1.25 * named if chain == ("model",) else 0.0,
        )
    named = max(named, _by_name_and_values(seen, kind, role, place, set(chain)))
    bearing = gate(
        "product_code" if role == "product" and kind == "feedback" and one.letters < 0.5 else role,
        one,
    )
    score = named * bearing
    if not score:
        pass  # looking at shapes costs, and nothing comes of it
    elif role == "customer":
        score *= _customer_shape(seen, kind, place, known)
    elif role == "order":
        score *= (
            _order_shape(seen, place)
            if known <= _GENERIC
            else 0.96
            if len(seen.sample) >= 12 and one.ratio > 0.98
            else 1.0
        )
    if role == "customer" and known == {"id"} and "?" in chain and (kind != "customers" or place):
        score *= 0.5  # an id of something else
    if role == "cost" and kind == "contacts" and known == {"spend"}:
        score *= 0.5  # the customers' as likely as ours
    if (
        role in ("quantity", "unit_price", "amount", "value")
        and one.distinct <= 1
        and one.rows >= 12
    ):
        score *= 0.5
    if not known or not seen.headed:
        score = max(score, blind(role, one) * (0.75 if role == "text" and seen.headed else 1.0))
    elif (
        role == "value"
        and score < 0.46
        and blind(role, one)
        and not known & {"id", "code", "phone", "address", "sku"}
    ):
        score = 0.46
    return score


def _by_name_and_values(seen: Seen, kind: str, role: str, place: int, chain: set[str]) -> float:
    """Names that say something only together with such values."""
    one, name = seen.facts[place], seen.names[place]
    if role == "order" and one.hashed > 0.9 and chain <= {"name", "number", "id", "order"}:
        return 0.84  # #1001 under "Name": a shop's order numbers
    if role == "channel" and kind == "feedback" and chain == {"type"}:
        return 0.4
    if (
        role == "responded"
        and chain <= {"value", "?"}
        and name.strip().lower() == "y"
        and one.flag > 0.9
        and one.distinct == 2
    ):
        return 0.62  # y: what the others are to explain
    if (
        role == "churned"
        and one.churn_word > 0.02
        and one.distinct <= 4
        and chain & {"status", "category", "type", "churn", "group"}
    ):
        return 0.85
    if role == "campaign" and chain == {"group"} and one.distinct <= 10 and not one.number:
        return 0.62
    if (
        role == "series"
        and kind == "series"
        and chain == {"?"}
        and one.letters > 0.8
        and one.ratio < 0.5
    ):
        return 0.5
    if role == "customer" and kind == "customers" and chain == {"id"}:
        return 0.62
    if (
        role == "customer"
        and kind == "customers"
        and place == 0
        and "id" in chain
        and chain <= {"id", "?", "currency", "unique"}
        and one.ratio > 0.98
    ):
        return 0.6  # the first column is an id, of whatever they call their customers
    if (
        role == "product_code"
        and "?" in chain
        and chain - {"?"} <= {"id", "code", "category", "type"}
        and is_code(one)
    ):
        return 0.52 if chain == {"?", "id"} else 0.42 if "id" in chain else 0.0
    if (
        role == "product"
        and chain == {"name"}
        and any({"category", "price"} & set(concepts(other)) for other in seen.names)
    ):
        return 0.66
    if (
        role == "customer"
        and kind == "customers"
        and chain in ({"name"}, {"lead", "name"}, {"company"}, {"company", "name"})
    ):
        return 0.5
    return 0.0


def _customer_shape(seen: Seen, kind: str, place: int, known: set[str]) -> float:
    if len(seen.sample) < 12:
        return 1.0
    generic = known <= _GENERIC
    if kind == "customers":
        share = seen.unique(place)
        return 1.0 if share > 0.9 else 0.55
    if kind == "transactions" and generic:
        if seen.unique(place) > 0.98:
            return 0.4
        # an id that comes again and again over several days is a customer; one that stays for a run of lines is an order
        dates = [other for other, one in enumerate(seen.facts) if max(one.date, one.date8) > 0.9]
        return 1.3 if dates and not _days_agree(seen, place, dates[0]) else 0.8
    return 1.0


def _order_shape(seen: Seen, place: int) -> float:
    if len(seen.sample) < 12:
        return 1.0
    dates = [other for other, one in enumerate(seen.facts) if max(one.date, one.date8) > 0.9]
    if dates and not _days_agree(seen, place, dates[0]):
        return 0.5
    return 1.25 if seen.facts[place].runs > 0.1 else 0.9


def _days_agree(seen: Seen, place: int, date: int) -> bool:
    """Whether each value of a column stays on one date."""
    pairs = seen.sample[[f"c{place}", f"c{date}"]].drop_duplicates()
    return float(pairs.duplicated(f"c{place}").mean()) < 0.02


def _confidence(
    scores: Mapping[tuple[str, int], float], taken: Mapping[str, int], role: str
) -> float:
    """How sure a proposal is: its score, less where a free column would do nearly as well."""
    score = scores[role, taken[role]]
    others = [
        other
        for (one, place), other in scores.items()
        if one == role and place not in taken.values()
    ]
    if others and max(others) > score - 0.06:
        return min(score, 1.0) * 0.79
    return min(score, 1.0)


def _transactions(
    seen: Seen,
    scores: Mapping[tuple[str, int], float],
    taken: dict[str, int],
    sure: dict[str, float],
) -> None:
    """What the columns of order lines say about each other."""
    if not seen.headed:
        _without_names(seen, taken, sure)
    if (
        "product" in taken
        and seen.facts[taken["product"]].letters < 0.5
        and "product_code" not in taken
    ):
        sure["product"] *= 0.95
    if "product" not in taken and "product_code" in taken:
        taken["product"] = taken.pop("product_code")
        sure["product"] = sure.pop("product_code") * 0.93
    settle_money(Money(seen.numbers, seen.sample, scores), taken, sure)


def _without_names(seen: Seen, taken: dict[str, int], sure: dict[str, float]) -> None:
    """A table without a header: ids by how they repeat, money by its decimals, products by their letters."""

    def take(role: str, place: int, sureness: float) -> None:
        if role not in taken and place not in taken.values():
            taken[role], sure[role] = place, sureness

    free = [
        place
        for place in range(len(seen.facts))
        if place not in taken.values() and seen.facts[place].filled
    ]
    words = [
        place
        for place in free
        if seen.facts[place].letters > 0.9
        and seen.facts[place].code < 0.5
        and seen.facts[place].length < 80
        and seen.facts[place].distinct > 2
    ]
    if words:
        take("product", max(words, key=lambda place: seen.facts[place].distinct), 0.5)
    for place in free:
        one = seen.facts[place]
        if one.decimal > 0.2 and one.number > 0.9:
            take("amount", place, 0.55)
    small = [
        place
        for place in free
        if seen.facts[place].integer > 0.95
        and not seen.facts[place].zeros
        and (seen.facts[place].high or 0) < 1000
        and seen.facts[place].ratio < 0.2
    ]
    ids = [
        place
        for place in free
        if is_id_like(seen.facts[place])
        and seen.facts[place].ratio < 0.98
        and place not in taken.values()
    ]
    small = [
        place
        for place in small
        if (seen.facts[place].distinct < 60 and len(ids) > 1) or "amount" in taken
    ]
    if small and ("date" in taken or "product" in taken):
        take("quantity", min(small, key=lambda place: seen.facts[place].distinct), 0.5)
    ids = [place for place in ids if place not in taken.values()]
    if "product" in taken and ids:
        take("order", max(ids, key=lambda place: seen.facts[place].distinct), 0.5)
        rest = [
            place
            for place in ids
            if place != taken["order"]
            and seen.facts[place].distinct < 0.95 * seen.facts[taken["order"]].distinct
        ]
    else:
        rest = ids
    if rest and "date" in taken:
        take("customer", rest[0], 0.5)
