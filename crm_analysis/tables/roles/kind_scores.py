"""How well a table fits each kind, given the roles its columns would have: 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crm_analysis.tables.kinds import ROLES
from crm_analysis.tables.kinds.gates import as_comment
from crm_analysis.tables.roles.hints import are_days_of_contact
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.sampling import TableSample, best_scores

_CALLS = [{"contact", "date"}]
_CALLS += [
    {call, named}
    for call in ("call", "ticket")
    for named in ("id", "number", "date")
]
_OF_A_PERSON = {"age", "person", "level", "register", "balance"}
_OF_A_PERSON |= {"recency", "birth", "phone", "email", "company"}
_FEW_ROWS = 12
_NEARLY_ALL = 0.8
_MONEY_OF_LINES = {"quantity", "unit_price", "amount"}
_ORDER_ROLES = (
    "customer",
    "order",
    "date",
    "product",
    "quantity",
    "unit_price",
    "amount",
)
_FURTHER_ORDER_ROLES = ("discount", "category", "country", "cost")

# What the columns of the roles weigh: positions of roles and the confidence in each.
_Score = Callable[[TableSample, Mapping[str, int], Mapping[str, float]], float]


def _score_transactions(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    roles = (*_ORDER_ROLES, *_FURTHER_ORDER_ROLES)
    sure = {role: confidence.get(role, 0.0) for role in roles}
    if "customer" in positions and len(table.rows) >= 12:
        sure["customer"] *= (
            0.3 if table.unique(positions["customer"]) > 0.98 else 1.0
        )
    score = (
        0.35 * sure["order"]
        + 0.35 * sure["product"]
        + 0.25 * sure["quantity"]
        + 0.2 * sure["unit_price"]
        + 0.2 * sure["amount"]
        + 0.15 * sure["customer"]
        + 0.15 * sure["date"]
    )
    score += 0.05 * (
        sure["discount"] + sure["category"] + sure["country"] + sure["cost"]
    )
    score += (
        0.3 * sure["customer"] * sure["date"]
        + 0.2 * sure["order"] * sure["product"]
        + 0.15 * sure["date"] * sure["amount"]
    )
    if not ({"product"} | _MONEY_OF_LINES) & set(positions):
        score *= 0.7  # neither goods nor money: orders perhaps, other dated records as well
    if _are_calls(table) and not _MONEY_OF_LINES & set(positions):
        score *= 0.5  # a ticket with a description is a call for help
    if _is_of_comments(table) and not {"order", *_MONEY_OF_LINES} & set(positions):
        score *= 0.5
    if "customer" in positions and not {"date", "product"} & set(positions):
        # a row a customer: what they bought before and after is no order line
        score *= 0.4 if table.unique(positions["customer"]) > 0.98 else 1.0
    if not {"customer", "order"} & set(positions) and _is_grid(table, positions):
        score *= 0.5  # figures by day, with their prices beside them
    if sure["product"] < 0.5 and sure["order"] < 0.8:
        score *= 1 - 0.12 * min(4, _attributes(table))  # people, not sales
    return min(1.0, score)


def _are_calls(table: TableSample) -> bool:
    """Whether the rows are named as calls or tickets."""
    return table.headed and any(
        set(concepts(name)) in _CALLS for name in table.names
    )


def _is_of_comments(table: TableSample) -> bool:
    """Whether a column holds what people wrote in their comments."""
    return table.headed and any(
        "review" in concepts(name)
        and name_score("text", name) > 0.9
        and as_comment(values) > 0.8
        for name, values in zip(table.names, table.profiles, strict=True)
    )


def _attributes(table: TableSample) -> int:
    """How many columns describe a person or a subscription."""
    if not table.headed:
        return 0
    chains = (set(concepts(name)) for name in table.names)
    # "mailed on" is no address
    return sum(bool(_OF_A_PERSON & chain) and "at" not in chain for chain in chains)


def _are_of_a_day(table: TableSample) -> bool:
    """Whether a column says when something happened, be it not when people joined."""
    as_day = ROLES["date"].fits
    return table.headed and any(
        "register" not in concepts(name)
        and (
            name_score("date", name) * as_day(values) > 0.9
            or are_days_of_contact(concepts(name), values)
        )
        for name, values in zip(table.names, table.profiles, strict=True)
    )


def _score_customers(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    lines = best_scores(
        table, ("order", "product", "quantity", "unit_price", "text", "date")
    )
    # What came of a message of that day, and in which arm of a campaign it was sent.
    of_a_day = 0.5 if _are_of_a_day(table) else 1.0
    outcome, arm = (
        of_a_day * confidence.get(role, 0.0) for role in ("outcome", "arm")
    )
    about = max(confidence.get("churned", 0.0), outcome)
    score = 0.35 * about + 0.35 * arm
    score += 0.08 * min(4, _attributes(table))
    if "customer" in positions:
        position = positions["customer"]
        if table.unique(position) > 0.9 or len(table.rows) < 12:
            # a table that only names its rows may be of anything
            only_names = set(concepts(table.names[position])) <= {"id", "name"}
            is_plain = only_names and not _attributes(table)
            score += (0.4 if is_plain else 0.55) * confidence["customer"]
        else:
            score = (score + 0.05) * 0.5
    measures = sum(
        values.number > 0.9 and values.distinct > 2 for values in table.profiles
    )
    if not score and max(lines.values()) < 0.5 and measures >= 3:
        score += 0.12  # rows of measures without goods, days or words can at least be grouped
    if (
        lines["order"] > 0.8
        or lines["quantity"] + lines["unit_price"] + lines["product"] > 1.6
    ):
        score *= 0.45
    elif lines["text"] > 0.9:
        score *= 0.7
    sent = best_scores(table, ("date", "channel", "campaign"))
    if min(sent.values()) > 0.9:
        score *= 0.6  # a message of a campaign, on a day, by a channel
    return min(1.0, score)


def _score_contacts(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    roles = (
        "customer",
        "date",
        "channel",
        "campaign",
        "responded",
        "satisfaction",
    )
    sure = {role: confidence.get(role, 0.0) for role in roles}
    are_calls = _are_calls(table)
    specific = (
        0.25 * are_calls
        + 0.45 * sure["responded"]
        + 0.3 * sure["campaign"]
        + 0.25 * sure["channel"]
        + 0.2 * sure["satisfaction"]
    )
    if not specific:
        return 0.0
    score = specific + 0.2 * sure["customer"] + 0.15 * sure["date"]
    lines = best_scores(
        table, ("order", "product", "quantity", "unit_price", "amount")
    )
    have_goods = max(lines["quantity"], lines["unit_price"], lines["amount"]) > 0.5
    of_orders = (
        lines["quantity"] + lines["unit_price"] + lines["product"] + lines["order"]
    )
    if of_orders > 1.2 and (have_goods or not are_calls):
        score *= 0.35
    if "date" not in positions and _describes_people(table, positions):
        score *= 0.4
    return min(1.0, score)


def _describes_people(table: TableSample, positions: Mapping[str, int]) -> bool:
    """Whether a row is a person of whom much is said, not one message of many to them."""
    customer = positions.get("customer")
    if customer is not None and table.unique(customer) < 0.98:
        return False
    return len(table.names) - len(positions) >= (2 if customer is None else 1)


def _score_feedback(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    asked = max(confidence.get(role, 0.0) for role in ("nps", "csat"))
    if "text" not in positions:
        return _score_survey(table, positions, confidence) if asked > 0.8 else 0.0
    score = (
        0.75 * confidence["text"]
        + 0.1 * asked
        + 0.2 * confidence.get("rating", 0.0)
        + 0.1 * confidence.get("date", 0.0)
        + 0.05 * confidence.get("customer", 0.0)
    )
    lines = best_scores(table, ("quantity", "unit_price", "amount"))
    if sum(lines.values()) > 1.2:
        score *= 0.4
    if confidence["text"] < 0.5 and "rating" not in positions:
        score *= 0.6  # long words alone: a list of goods has them too
    return min(1.0, score)


def _score_survey(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    """Scores alone, without a comment: answers to a survey, where nothing else is told."""
    others = best_scores(
        table,
        (
            *("order", "quantity", "unit_price", "amount"),
            *("campaign", "responded", "churned"),
        ),
    )
    if max(others.values()) > 0.5 or _attributes(table) or _are_calls(table):
        return 0.0
    return (
        0.4 * max(confidence.get(role, 0.0) for role in ("nps", "csat"))
        + 0.2 * min(confidence.get(role, 0.0) for role in ("nps", "csat"))
        + 0.15 * confidence.get("date", 0.0)
        + 0.1 * confidence.get("customer", 0.0)
    )


def _series_keys(table: TableSample, positions: Mapping[str, int]) -> list[int]:
    """The columns that may tell the series of a demand table apart."""
    measured = {positions["date"], positions.get("value")}
    return [
        position
        for position, (name, values) in enumerate(
            zip(table.names, table.profiles, strict=True)
        )
        if table.headed
        and position not in measured
        and name_score("series", name) * ROLES["series"].fits(values) > 0.6
    ]


def _is_grid(table: TableSample, positions: Mapping[str, int]) -> bool:
    """Whether each series has one figure for nearly each date, as no lines of orders have."""
    if "date" not in positions or len(table.rows) < _FEW_ROWS:
        return False
    date, keys = f"c{positions['date']}", _series_keys(table, positions)
    goods = max(best_scores(table, ("product", "product_code")).values())
    if goods > 0.6 and not keys:
        return False  # goods that never come again are no series
    if table.repeats([positions["date"], *keys]) > 0.005:
        return False
    series = table.rows[[f"c{key}" for key in keys]].drop_duplicates()
    cells = table.rows[date].nunique() * (len(series) if keys else 1)
    return len(table.rows) >= _NEARLY_ALL * cells


def _score_series(
    table: TableSample,
    positions: Mapping[str, int],
    confidence: Mapping[str, float],
) -> float:
    if "date" not in positions or "value" not in positions:
        return 0.0
    keys = _series_keys(table, positions)
    is_regular = table.repeats([positions["date"], *keys]) < 0.005
    score = 0.35 * confidence.get("date", 0.0) + 0.35 * confidence.get("value", 0.0)
    score += 0.3 if is_regular else 0.0
    lines = best_scores(
        table,
        ("customer", "order", "unit_price", "quantity", "product", "text"),
    )
    if lines["customer"] > 0.6 or lines["order"] > 0.6:
        score *= 0.5
    sells = lines["unit_price"] > 0.6 and lines["quantity"] > 0.6
    if sells and not _is_grid(table, positions):
        score *= 0.5
    if lines["text"] > 0.85:
        score *= 0.6
    if _attributes(table) >= 3:
        score *= 0.4
    return min(1.0, score)


KIND_SCORES: dict[str, _Score] = {
    "transactions": _score_transactions,
    "customers": _score_customers,
    "contacts": _score_contacts,
    "feedback": _score_feedback,
    "series": _score_series,
}
