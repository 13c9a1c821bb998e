"""Columns to roles, and tables to kinds: names and values weighed together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from crm_analysis.tables.kinds import KINDS, ROLES, KindName, gates
from crm_analysis.tables.kinds.gates import ValueProfile, is_id_like
from crm_analysis.tables.roles.hints import HINTS, Candidate
from crm_analysis.tables.roles.kind_scores import KIND_SCORES
from crm_analysis.tables.roles.money import MoneyColumns, settle_money
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.sampling import TableSample

_OF_ONE_CUSTOMER = (
    0.6  # all that was said or bought by a single customer is a table, too
)
_LOWEST = 0.35  # a role is proposed from this score on
_FEW_ROWS = 12  # below, shapes say nothing
_OPINIONS = {"sentiment", "rating", "score", "review", "satisfaction"}
_GENERIC = frozenset({"id", "number", "code", "name", "serial", "unique", "?"})


@dataclass(frozen=True)
class KindFit:
    """A kind of table with its columns, and how sure each is.

    `score` is how well the kind fits, `certainty` how surely it is the right one.
    """

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float]
    score: float
    certainty: float = 0.0


def fit_kinds(table: TableSample) -> list[KindFit]:
    """Every kind with its columns, the best first."""
    fits = sorted(
        (fit_kind(table, kind) for kind in KINDS), key=lambda fit: -fit.score
    )
    best, second = fits[:2]
    certainty = min(0.97, max(0.1, best.score)) * min(
        1.0, 0.7 + (best.score - second.score)
    )
    return [dataclasses.replace(best, certainty=round(certainty, 3)), *fits[1:]]


def fit_kind(table: TableSample, kind: str) -> KindFit:
    """The columns of one kind: the best free column for the surest role first."""
    if kind == "transactions" and table.raw.reading.layout == "baskets":
        order, product = table.names[:2]
        columns = {"order": order, "product": product}
        return KindFit("transactions", columns, dict.fromkeys(columns, 0.97), 1.0)
    roles = [role.name for role in KINDS[kind].roles]
    candidates = [
        Candidate(table, kind, position) for position in range(len(table.names))
    ]
    scores = {
        (role, column.position): _score(role, column)
        for role in roles
        for column in candidates
    }
    positions: dict[str, int] = {}
    # on a tie the earlier role and the earlier column
    for (role, position), score in sorted(
        scores.items(), key=lambda item: -round(item[1], 4)
    ):
        if (
            score >= _LOWEST
            and role not in positions
            and position not in positions.values()
        ):
            positions[role] = position
    confidence = {role: _confidence(scores, positions, role) for role in positions}
    is_unsure = confidence.get("outcome", 1.0) < 0.9
    if kind == "customers" and "churned" in positions and is_unsure:
        # what a table of who left says at its end is seldom what it is about
        del positions["outcome"], confidence["outcome"]
    if kind == "transactions":
        _settle_transactions(table, scores, positions, confidence)
    columns = {
        role: table.names[positions[role]] for role in roles if role in positions
    }
    rounded = {role: round(min(0.98, confidence[role]), 3) for role in columns}
    score = KIND_SCORES[kind](table, positions, confidence)
    return KindFit(KINDS[kind].name, columns, rounded, round(score, 4))


def _score(role: str, column: Candidate) -> float:
    """How well a column fits a role: what its name says, times what its values bear."""
    named = _named(role, column)
    score = named * _borne(role, column)
    if score:  # the rest costs, and nothing comes of it where there is no score
        score *= _shape(role, column) * _doubt(role, column)
    unnamed = ROLES[role].fits_unnamed(column.values)
    if not column.known:
        headed = role == "text" and column.table.headed
        return max(score, unnamed * (0.75 if headed else 1.0))
    tells_otherwise = column.known & {"id", "code", "phone", "address", "sku"}
    if role == "value" and score < 0.46 and unnamed and not tells_otherwise:
        return 0.46
    return score


def _named(role: str, column: Candidate) -> float:
    """What the name says for the role, together with the values where it says little alone."""
    named = name_score(role, column.name) if column.table.headed else 0.0
    if role == "product" and column.kind == "feedback":
        if not column.concepts & {"product", "sku", "model"}:
            named = 0.0
        if column.chain == ("model",):
            named *= 1.25
        named = max(named, 0.85 * name_score("product_code", column.name))
    hint = HINTS.get(role)
    return max(named, hint(column) if hint else 0.0)


def _borne(role: str, column: Candidate) -> float:
    """How well the values bear the role; of comments, goods may be known by their code."""
    by_code = (
        role == "product"
        and column.kind == "feedback"
        and column.values.letters < 0.5
    )
    if role == "text" and "review" in column.known:
        return gates.as_comment(column.values)
    if role == "customer" and column.values.distinct == 1:
        return max(_OF_ONE_CUSTOMER, gates.as_id(column.values))
    if role == "rating" and column.known & _OPINIONS:
        return gates.as_opinion(column.values)
    return ROLES["product_code" if by_code else role].fits(column.values)


def _shape(role: str, column: Candidate) -> float:
    """What else the rows say for or against the ids of customers and orders."""
    if len(column.table.rows) < _FEW_ROWS:
        return 1.0
    if role == "customer":
        return _customer_shape(column)
    if role != "order":
        return 1.0
    if column.known <= _GENERIC:
        return _order_shape(column)
    return 0.96 if column.values.ratio > 0.98 else 1.0


def _doubt(role: str, column: Candidate) -> float:
    """What makes a column less likely to be the role, whatever its name."""
    known, values = column.known, column.values
    if role == "customer" and known == {"id"} and "?" in column.chain:
        is_of_rows = column.kind == "customers" and not column.position
        return 1.0 if is_of_rows else 0.5  # an id of something else
    if role == "cost" and column.kind == "contacts" and known == {"spend"}:
        return 0.5  # the customers' as likely as ours
    if role == "date" and column.kind == "contacts" and "register" in known:
        return 0.3  # when they joined, not when they were contacted
    if role == "category" and _counts_goods(column):
        return 0.5
    if role == "quantity" and known == {"number"} and _numbers_rows(column):
        return 0.3
    is_measure = role in ("quantity", "unit_price", "amount", "value")
    return 0.5 if is_measure and values.distinct <= 1 and values.rows >= 12 else 1.0


def _numbers_rows(column: Candidate) -> bool:
    """Whether a column numbers something: of which a word says, or each row another."""
    return "?" in column.chain or column.values.ratio > 0.98


def _counts_goods(column: Candidate) -> bool:
    """Whether a column counts the kinds of goods in an order: never more than pieces in it."""
    table, numbers = column.table, column.table.numbers
    if column.position not in numbers.columns:
        return False
    kinds = numbers[column.position]
    pieces = [
        numbers[position]
        for position in numbers.columns
        if position != column.position
        and name_score("quantity", table.names[int(position)]) > 0.5
    ]
    is_count = bool((kinds.dropna() >= 1).all() and (kinds.dropna() % 1 == 0).all())
    return is_count and any((kinds <= count).mean() > 0.98 for count in pieces)


def _customer_shape(column: Candidate) -> float:
    table, position = column.table, column.position
    if column.kind == "customers":
        return 1.0 if table.unique(position) > 0.9 else 0.55
    if column.kind == "transactions" and column.known <= _GENERIC:
        if table.unique(position) > 0.98:
            return 0.4
        # an id that comes again and again over several days is a customer; one that stays for a
        # run of lines is an order
        return 1.3 if _spans_days(column) else 0.8
    return 1.0


def _order_shape(column: Candidate) -> float:
    if _spans_days(column):
        return 0.5
    return 1.25 if column.values.runs > 0.1 else 0.9


def _spans_days(column: Candidate) -> bool:
    """Whether the table has dates, and values of the column come on several of them."""
    table = column.table
    dates = (
        position
        for position, values in enumerate(table.profiles)
        if max(values.date, values.date8) > 0.9
    )
    date = next(dates, None)
    if date is None:
        return False
    own = f"c{column.position}"
    pairs = table.rows[[own, f"c{date}"]].drop_duplicates()
    return not float(pairs.duplicated(own).mean()) < 0.02


def _confidence(
    scores: Mapping[tuple[str, int], float],
    positions: Mapping[str, int],
    role: str,
) -> float:
    """How sure a proposal is: its score, less where a free column would do nearly as well."""
    score = scores[role, positions[role]]
    others = [
        other
        for (name, position), other in scores.items()
        if name == role and position not in positions.values()
    ]
    is_close = others and max(others) > score - 0.06
    return min(score, 1.0) * (0.79 if is_close else 1.0)


def _settle_transactions(
    table: TableSample,
    scores: Mapping[tuple[str, int], float],
    positions: dict[str, int],
    confidence: dict[str, float],
) -> None:
    """What the columns of order lines say about each other."""
    if not table.headed:
        _assign_without_names(table, positions, confidence)
    code = positions.get("product_code")
    if code is not None and _numbers_the_rows(table, code):
        del positions["product_code"], confidence["product_code"]
    if "product_code" not in positions:
        if (
            "product" in positions
            and table.profiles[positions["product"]].letters < 0.5
        ):
            confidence["product"] *= 0.95
    elif "product" not in positions:
        positions["product"] = positions.pop("product_code")
        confidence["product"] = confidence.pop("product_code") * 0.93
    money = MoneyColumns(table.numbers, table.rows, scores, table.names)
    settle_money(money, positions, confidence)


def _numbers_the_rows(table: TableSample, position: int) -> bool:
    """Whether a column called "No." counts the rows: it names no goods."""
    values = table.profiles[position]
    is_number = set(concepts(table.names[position])) <= {"number", "line"}
    return is_number and values.distinct == values.filled and values.steps > 0.9


def _assign_without_names(
    table: TableSample, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """A table without a header.

    Ids are known by how they repeat, money by its decimals, products by their letters.
    """
    profiles = table.profiles

    def distinct(position: int) -> int:
        return profiles[position].distinct

    def assign(role: str, position: int, sureness: float) -> None:
        if role not in positions and position not in positions.values():
            positions[role], confidence[role] = position, sureness

    assigned = set(positions.values())
    free = [
        at
        for at, values in enumerate(profiles)
        if at not in assigned and values.filled
    ]
    words = [position for position in free if _is_name_of_goods(profiles[position])]
    if words:
        assign("product", max(words, key=distinct), 0.5)
    for position in free:
        if profiles[position].decimal > 0.2 and profiles[position].number > 0.9:
            assign("amount", position, 0.55)
    ids = [position for position in free if is_id_like(profiles[position])]
    ids = [
        at
        for at in ids
        if profiles[at].ratio < 0.98 and at not in positions.values()
    ]
    counts = [position for position in free if _is_small_count(profiles[position])]
    if "amount" not in positions:
        counts = [at for at in counts if distinct(at) < 60 and len(ids) > 1]
    if counts and ("date" in positions or "product" in positions):
        assign("quantity", min(counts, key=distinct), 0.5)
    ids = [position for position in ids if position not in positions.values()]
    if "product" in positions and ids:
        assign("order", max(ids, key=distinct), 0.5)
        orders = positions["order"]
        ids = [
            at
            for at in ids
            if at != orders and distinct(at) < 0.95 * distinct(orders)
        ]
    if ids and "date" in positions:
        assign("customer", ids[0], 0.5)


def _is_name_of_goods(values: ValueProfile) -> bool:
    is_words = values.letters > 0.9 and values.code < 0.5
    return is_words and values.length < 80 and values.distinct > 2


def _is_small_count(values: ValueProfile) -> bool:
    is_whole = values.integer > 0.95 and not values.zeros
    return is_whole and (values.high or 0) < 1000 and values.ratio < 0.2
