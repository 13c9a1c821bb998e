"""Columns to roles, and tables to kinds: names and values weighed together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.tables.kinds import KINDS, KindName
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles.gates import blind, gate, is_code, is_id_like
from crm_analysis.tables.roles.money import Money, settle_money
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.values import Facts, facts, number_sql, sample_rows, tidy_sql

__all__ = ["Fit", "Seen", "fit", "fit_kind", "look"]

_LOWEST = 0.35  # a role is proposed from this score on
_CALLS = [{one, other} for one in ("call", "ticket") for other in ("id", "number", "date")] + [{"contact", "date"}]
_GENERIC = frozenset({"id", "number", "code", "name", "serial", "unique", "?"})


@dataclass(frozen=True)
class Fit:
    """A kind of table with its columns, how sure each is, and how well (`score`) and how surely (`certainty`) the kind fits."""

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float]
    score: float
    certainty: float = 0.0


@dataclass(frozen=True)
class Seen:
    """What was looked at: a sample of the rows, its facts, and whether the names say anything."""

    raw: RawTable
    sample: pd.DataFrame
    facts: tuple[Facts, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own column names."""
        return tuple(self.raw.reading.columns)

    @cached_property
    def headed(self) -> bool:
        """Whether at least one name says something."""
        return bool(self.raw.reading.header) and any(set(concepts(name)) - {"?"} for name in self.names)

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The columns that are numbers, as numbers, under their positions."""
        places = [place for place, one in enumerate(self.facts) if one.number > 0.8]
        if not places:
            return pd.DataFrame(index=self.sample.index)
        with self.raw.engine.cursor() as cursor:
            cursor.register("role_sample", self.sample)
            cells = ", ".join(f"{tidy_sql(f'c{place}')} AS c{place}" for place in places)
            made = ", ".join(f"{number_sql(f'c{place}')} AS c{place}" for place in places)
            # without MATERIALIZED every use of a tidied cell would tidy it again
            frame = cursor.execute(f"WITH tidied AS MATERIALIZED (SELECT {cells} FROM role_sample) SELECT {made} FROM tidied").df()
            cursor.unregister("role_sample")
        return frame.set_axis(places, axis=1)

    @cached_property
    def _unique(self) -> dict[int, float]:
        return {}

    def unique(self, place: int) -> float:
        """Distinct values a filled cell, of the whole column where the sample found it nearly unique."""
        if place not in self._unique:
            share = self.facts[place].ratio
            if share > 0.9 and self.raw.reading.rows > len(self.sample):
                cell = f"nullif(trim(c{place}), '')"
                # exact over a million rows, so that looking stays cheap; the estimate over the rest errs by some percent
                table = quoted(self.raw.store)
                first = self.raw.engine.run(f"SELECT count(DISTINCT {cell}) / greatest(count({cell}), 1) FROM (SELECT c{place} FROM {table} LIMIT 1000000)")[0][0]
                whole = self.raw.engine.run(f"SELECT approx_count_distinct({cell}) / greatest(count({cell}), 1) FROM {table}")[0][0]
                share = min(first, 1.0 if whole > 0.8 else whole)
            self._unique[place] = share
        return self._unique[place]

    def repeats(self, places: list[int]) -> float:
        """Share of sampled rows whose values in these columns together came before."""
        return float(self.sample.duplicated([f"c{place}" for place in places]).mean()) if len(self.sample) else 0.0


def look(raw: RawTable) -> Seen:
    """Look at a table: the sample and its facts."""
    sample = sample_rows(raw)
    return Seen(raw, sample, tuple(facts(raw, sample)))


def fit(seen: Seen) -> list[Fit]:
    """Every kind with its columns, the best first."""
    fits = sorted((fit_kind(seen, kind) for kind in KINDS), key=lambda one: -one.score)
    lead = fits[0].score - fits[1].score
    certainty = min(0.97, max(0.1, fits[0].score)) * min(1.0, 0.7 + lead)
    return [Fit(one.kind, one.columns, one.confidence, one.score, round(certainty, 3) if place == 0 else 0.0) for place, one in enumerate(fits)]


def fit_kind(seen: Seen, kind: str) -> Fit:
    """The columns of one kind: the best free column for the surest role first."""
    if kind == "transactions" and seen.raw.reading.layout == "baskets":
        order, product = seen.names[:2]
        return Fit("transactions", {"order": order, "product": product}, {"order": 0.97, "product": 0.97}, 1.0)
    roles = [role.name for role in KINDS[kind].roles]
    scores = {(role, place): _score(seen, kind, role, place) for role in roles for place in range(len(seen.names))}
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
    return Fit(kind, columns, confidence, round(_KIND_SCORES[kind](seen, taken, sure), 4))  # type: ignore[arg-type]


def _score(seen: Seen, kind: str, role: str, place: int) -> float:
    name, one = seen.names[place], seen.facts[place]
    chain = concepts(name) if seen.headed else ()
    known = set(chain) - {"?"}
    named = name_score(role, name) if seen.headed else 0.0
    if role == "product" and kind == "feedback":
        named = max(named, 0.85 * name_score("product_code", name), 1.25 * named if chain == ("model",) else 0.0)
    named = max(named, _by_name_and_values(seen, kind, role, place, set(chain)))
    bearing = gate("product_code" if role == "product" and kind == "feedback" and one.letters < 0.5 else role, one)
    score = named * bearing
    if role == "customer":
        score *= _customer_shape(seen, kind, place, known)
    elif role == "order" and known <= _GENERIC:
        score *= _order_shape(seen, place)
    elif role == "product" and kind == "feedback" and named < 0.4:
        score *= 0.5
    if role == "customer" and known == {"id"} and "?" in chain:
        score *= 0.5  # an id of something else
    if role == "cost" and kind == "contacts" and known == {"spend"}:
        score *= 0.5  # the customers' as likely as ours
    if role in ("quantity", "unit_price", "amount", "value") and one.distinct <= 1 and one.rows >= 12:
        score *= 0.5
    if not known or not seen.headed:
        score = max(score, blind(role, one) * (0.75 if role == "text" and seen.headed else 1.0))
    elif role == "value" and score < 0.46 and blind(role, one) and not known & {"id", "code", "phone", "address", "sku"}:
        score = 0.46
    return score


def _by_name_and_values(seen: Seen, kind: str, role: str, place: int, chain: set[str]) -> float:
    """Names that say something only together with such values."""
    one, name = seen.facts[place], seen.names[place]
    if role == "order" and one.hashed > 0.9 and chain <= {"name", "number", "id", "order"}:
        return 0.84  # #1001 under "Name": a shop's order numbers
    if role == "channel" and kind == "feedback" and chain == {"type"}:
        return 0.4
    if role == "responded" and chain <= {"value", "?"} and name.strip().lower() == "y" and one.flag > 0.9 and one.distinct == 2:
        return 0.62  # y: what the others are to explain
    if role == "churned" and one.churn_word > 0.02 and one.distinct <= 4 and chain & {"status", "category", "type", "churn", "group"}:
        return 0.85
    if role == "campaign" and chain == {"group"} and one.distinct <= 10 and not one.number:
        return 0.62
    if role == "series" and kind == "series" and chain == {"?"} and one.letters > 0.8 and one.ratio < 0.5:
        return 0.5
    if role == "customer" and kind == "customers" and chain == {"id"}:
        return 0.62
    if role == "product_code" and "?" in chain and chain - {"?"} <= {"id", "code", "category", "type"} and is_code(one):
        return 0.52 if chain == {"?", "id"} else 0.42 if "id" in chain else 0.0
    if role == "product" and chain == {"name"} and any({"category", "price"} & set(concepts(other)) for other in seen.names):
        return 0.66
    if role == "customer" and kind == "customers" and chain in ({"name"}, {"lead", "name"}, {"company"}, {"company", "name"}):
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


def _confidence(scores: Mapping[tuple[str, int], float], taken: Mapping[str, int], role: str) -> float:
    """How sure a proposal is: its score, less where a free column would do nearly as well."""
    score = scores[role, taken[role]]
    others = [other for (one, place), other in scores.items() if one == role and place not in taken.values()]
    if others and max(others) > score - 0.06:
        return min(score, 1.0) * 0.82
    return min(score, 1.0)


def _transactions(seen: Seen, scores: Mapping[tuple[str, int], float], taken: dict[str, int], sure: dict[str, float]) -> None:
    """What the columns of order lines say about each other."""
    if not seen.headed:
        _without_names(seen, taken, sure)
    if "product" in taken and seen.facts[taken["product"]].letters < 0.5 and "product_code" not in taken:
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

    free = [place for place in range(len(seen.facts)) if place not in taken.values() and seen.facts[place].filled]
    words = [place for place in free if seen.facts[place].letters > 0.9 and seen.facts[place].code < 0.5 and seen.facts[place].length < 80 and seen.facts[place].distinct > 2]
    if words:
        take("product", max(words, key=lambda place: seen.facts[place].distinct), 0.5)
    for place in free:
        one = seen.facts[place]
        if one.decimal > 0.2 and one.number > 0.9:
            take("amount", place, 0.55)
    small = [place for place in free if seen.facts[place].integer > 0.95 and not seen.facts[place].zeros and (seen.facts[place].high or 0) < 1000 and seen.facts[place].ratio < 0.2]
    ids = [place for place in free if is_id_like(seen.facts[place]) and seen.facts[place].ratio < 0.98 and place not in taken.values()]
    small = [place for place in small if (seen.facts[place].distinct < 60 and len(ids) > 1) or "amount" in taken]
    if small and ("date" in taken or "product" in taken):
        take("quantity", min(small, key=lambda place: seen.facts[place].distinct), 0.5)
    ids = [place for place in ids if place not in taken.values()]
    if "product" in taken and ids:
        take("order", max(ids, key=lambda place: seen.facts[place].distinct), 0.5)
        rest = [place for place in ids if place != taken["order"] and seen.facts[place].distinct < 0.95 * seen.facts[taken["order"]].distinct]
    else:
        rest = ids
    if rest and "date" in taken:
        take("customer", rest[0], 0.5)


def _score_transactions(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    held = {role: sure.get(role, 0.0) for role in ("customer", "order", "date", "product", "quantity", "unit_price", "amount", "discount", "category", "country", "cost")}
    if "customer" in taken and len(seen.sample) >= 12 and seen.unique(taken["customer"]) > 0.98:
        held["customer"] *= 0.3
    score = 0.35 * held["order"] + 0.35 * held["product"] + 0.25 * held["quantity"] + 0.2 * held["unit_price"] + 0.2 * held["amount"] + 0.15 * held["customer"] + 0.15 * held["date"]
    score += 0.05 * (held["discount"] + held["category"] + held["country"] + held["cost"])
    score += 0.3 * held["customer"] * held["date"] + 0.2 * held["order"] * held["product"] + 0.15 * held["date"] * held["amount"]
    if not {"product", "quantity", "unit_price", "amount"} & set(taken):
        score *= 0.7  # neither goods nor money: orders perhaps, other dated records as well
    if held["product"] < 0.5 and held["order"] < 0.8:
        score *= 1 - 0.12 * min(4, _attributes(seen))  # people, not sales
    return min(1.0, score)


def _attributes(seen: Seen) -> int:
    """How many columns describe a person or a subscription."""
    marks = {"age", "person", "level", "register", "balance", "recency", "birth", "phone", "email", "company"}
    return sum(bool(marks & set(concepts(name))) for name in seen.names) if seen.headed else 0


def _score_customers(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    score = 0.35 * sure.get("churned", 0.0) + 0.08 * min(4, _attributes(seen))
    if "customer" in taken:
        # a table that only names its rows may be of anything
        plain = set(concepts(seen.names[taken["customer"]])) <= {"id", "name"} and not _attributes(seen)
        unique = seen.unique(taken["customer"]) > 0.9 or len(seen.sample) < 12
        score += (0.4 if plain else 0.55) * sure["customer"] if unique else 0.05
        if not unique:
            score *= 0.5
    lines = fit_roles(seen, ("order", "product", "quantity", "unit_price", "text"))
    if lines["order"] > 0.8 or lines["quantity"] + lines["unit_price"] + lines["product"] > 1.6:
        score *= 0.45
    elif lines["text"] > 0.9:
        score *= 0.7
    return min(1.0, score)


def fit_roles(seen: Seen, roles: tuple[str, ...]) -> dict[str, float]:
    """The best name-and-value score of each role over all columns, whatever the kind."""
    best = dict.fromkeys(roles, 0.0)
    if seen.headed:
        for place, name in enumerate(seen.names):
            for role in roles:
                named = name_score(role, name)
                best[role] = max(best[role], named * gate(role, seen.facts[place]) if named else 0.0)
    return best


def _score_contacts(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    held = {role: sure.get(role, 0.0) for role in ("customer", "date", "channel", "campaign", "responded", "satisfaction")}
    calls = seen.headed and any(set(concepts(name)) in _CALLS for name in seen.names)
    specific = 0.25 * calls + 0.45 * held["responded"] + 0.3 * held["campaign"] + 0.25 * held["channel"] + 0.2 * held["satisfaction"]
    if not specific:
        return 0.0
    score = specific + 0.2 * held["customer"] + 0.15 * held["date"]
    lines = fit_roles(seen, ("order", "product", "quantity", "unit_price", "amount"))
    if lines["quantity"] + lines["unit_price"] + lines["product"] + lines["order"] > 1.2:
        score *= 0.35
    if "customer" in taken and seen.unique(taken["customer"]) > 0.98 and "date" not in taken and held["campaign"] < 0.6:
        score *= 0.5
    return min(1.0, score)


def _score_feedback(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    if "text" not in taken:
        return 0.0
    score = 0.75 * sure["text"] + 0.2 * sure.get("rating", 0.0) + 0.1 * sure.get("date", 0.0) + 0.05 * sure.get("customer", 0.0)
    lines = fit_roles(seen, ("quantity", "unit_price", "amount"))
    if sum(lines.values()) > 1.2:
        score *= 0.4
    if sure["text"] < 0.5 and "rating" not in taken:
        score *= 0.6  # long words alone: a list of goods has them too
    return min(1.0, score)


def _score_series(seen: Seen, taken: Mapping[str, int], sure: Mapping[str, float]) -> float:
    if "date" not in taken or "value" not in taken:
        return 0.0
    keys = [taken["date"]]
    keys += [place for place in range(len(seen.names)) if seen.headed and name_score("series", seen.names[place]) * gate("series", seen.facts[place]) > 0.6 and place not in (taken["date"], taken["value"])]
    regular = seen.repeats(keys) < 0.005
    score = 0.35 * sure.get("date", 0.0) + 0.35 * sure.get("value", 0.0) + (0.3 if regular else 0.0)
    lines = fit_roles(seen, ("customer", "order", "unit_price", "quantity", "product", "text"))
    if lines["customer"] > 0.6 or lines["order"] > 0.6:
        score *= 0.5
    if lines["unit_price"] > 0.6 and lines["quantity"] > 0.6:
        score *= 0.5
    if lines["text"] > 0.85:
        score *= 0.6
    if _attributes(seen) >= 3:
        score *= 0.4
    return min(1.0, score)


_KIND_SCORES = {
    "transactions": _score_transactions,
    "customers": _score_customers,
    "contacts": _score_contacts,
    "feedback": _score_feedback,
    "series": _score_series,
}
