"""How well a table fits each kind, given the roles its columns would have: 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crm_analysis.tables.kinds.gates import gate
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.sampling import Seen, best_scores

__all__ = ["KIND_SCORES"]

_CALLS = [{one, other} for one in ("call", "ticket") for other in ("id", "number", "date")] + [
    {"contact", "date"}
]


def _score_transactions(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    held = {
        role: sure.get(role, 0.0)
        for role in (
            "customer",
            "order",
            "date",
            "product",
            "quantity",
            "unit_price",
            "amount",
            "discount",
            "category",
            "country",
            "cost",
        )
    }
    if "customer" in taken and len(seen.sample) >= 12 and seen.unique(taken["customer"]) > 0.98:
        held["customer"] *= 0.3
    score = (
        0.35 * held["order"]
        + 0.35 * held["product"]
        + 0.25 * held["quantity"]
        + 0.2 * held["unit_price"]
        + 0.2 * held["amount"]
        + 0.15 * held["customer"]
        + 0.15 * held["date"]
    )
    score += 0.05 * (held["discount"] + held["category"] + held["country"] + held["cost"])
    score += (
        0.3 * held["customer"] * held["date"]
        + 0.2 * held["order"] * held["product"]
        + 0.15 * held["date"] * held["amount"]
    )
    if not {"product", "quantity", "unit_price", "amount"} & set(taken):
        score *= 0.7  # neither goods nor money: orders perhaps, other dated records as well
    if _are_calls(seen) and not {"quantity", "unit_price", "amount"} & set(taken):
        score *= 0.5  # a ticket with a description is a call for help
    if held["product"] < 0.5 and held["order"] < 0.8:
        score *= 1 - 0.12 * min(4, _attributes(seen))  # people, not sales
    return min(1.0, score)


def _are_calls(seen: Seen) -> bool:
    """Whether the rows are named as calls or tickets."""
    return seen.headed and any(set(concepts(name)) in _CALLS for name in seen.names)


def _attributes(seen: Seen) -> int:
    """How many columns describe a person or a subscription."""
    marks = {
        "age",
        "person",
        "level",
        "register",
        "balance",
        "recency",
        "birth",
        "phone",
        "email",
        "company",
    }
    return sum(bool(marks & set(concepts(name))) for name in seen.names) if seen.headed else 0


def _score_customers(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    score = 0.35 * sure.get("churned", 0.0) + 0.08 * min(4, _attributes(seen))
    if "customer" in taken:
        # a table that only names its rows may be of anything
        plain = set(concepts(seen.names[taken["customer"]])) <= {"id", "name"} and not _attributes(
            seen
        )
        unique = seen.unique(taken["customer"]) > 0.9 or len(seen.sample) < 12
        score += (0.4 if plain else 0.55) * sure["customer"] if unique else 0.05
        if not unique:
            score *= 0.5
    lines = best_scores(seen, ("order", "product", "quantity", "unit_price", "text", "date"))
    if (
        not score
        and max(lines.values()) < 0.5
        and sum(one.number > 0.9 and one.distinct > 2 for one in seen.facts) >= 3
    ):
        score += 0.12  # rows of measures without goods, days or words can at least be grouped
    if lines["order"] > 0.8 or lines["quantity"] + lines["unit_price"] + lines["product"] > 1.6:
        score *= 0.45
    elif lines["text"] > 0.9:
        score *= 0.7
    return min(1.0, score)


def _score_contacts(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    held = {
        role: sure.get(role, 0.0)
        for role in ("customer", "date", "channel", "campaign", "responded", "satisfaction")
    }
    calls = _are_calls(seen)
    specific = (
        0.25 * calls
        + 0.45 * held["responded"]
        + 0.3 * held["campaign"]
        + 0.25 * held["channel"]
        + 0.2 * held["satisfaction"]
    )
    if not specific:
        return 0.0
    score = specific + 0.2 * held["customer"] + 0.15 * held["date"]
    lines = best_scores(seen, ("order", "product", "quantity", "unit_price", "amount"))
    goods = max(lines["quantity"], lines["unit_price"], lines["amount"]) > 0.5
    if lines["quantity"] + lines["unit_price"] + lines["product"] + lines["order"] > 1.2 and (
        goods or not calls
    ):
        score *= 0.35
    if (
        "customer" in taken
        and seen.unique(taken["customer"]) > 0.98
        and "date" not in taken
        and held["campaign"] < 0.6
    ):
        score *= 0.5
    return min(1.0, score)


def _score_feedback(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    if "text" not in taken:
        return 0.0
    score = (
        0.75 * sure["text"]
        + 0.2 * sure.get("rating", 0.0)
        + 0.1 * sure.get("date", 0.0)
        + 0.05 * sure.get("customer", 0.0)
    )
    lines = best_scores(seen, ("quantity", "unit_price", "amount"))
    if sum(lines.values()) > 1.2:
        score *= 0.4
    if sure["text"] < 0.5 and "rating" not in taken:
        score *= 0.6  # long words alone: a list of goods has them too
    return min(1.0, score)


def _score_series(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    if "date" not in taken or "value" not in taken:
        return 0.0
    keys = [taken["date"]]
    keys += [
        place
        for place in range(len(seen.names))
        if seen.headed
        and name_score("series", seen.names[place]) * gate("series", seen.facts[place]) > 0.6
        and place not in (taken["date"], taken["value"])
    ]
    regular = seen.repeats(keys) < 0.005
    score = 0.35 * sure.get("date", 0.0) + 0.35 * sure.get("value", 0.0) + (0.3 if regular else 0.0)
    lines = best_scores(seen, ("customer", "order", "unit_price", "quantity", "product", "text"))
    if lines["customer"] > 0.6 or lines["order"] > 0.6:
        score *= 0.5
    if lines["unit_price"] > 0.6 and lines["quantity"] > 0.6:
        score *= 0.5
    if lines["text"] > 0.85:
        score *= 0.6
    if _attributes(seen) >= 3:
        score *= 0.4
    return min(1.0, score)


KIND_SCORES: dict[str, Callable[[Seen, Mapping[str, int], Mapping[str, float]], float]] = {
    "transactions": _score_transactions,
    "customers": _score_customers,
    "contacts": _score_contacts,
    "feedback": _score_feedback,
    "series": _score_series,
}
