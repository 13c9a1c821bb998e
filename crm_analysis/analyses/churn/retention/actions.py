"""What to talk about with a customer: the topic of the strongest reason that is one."""

from __future__ import annotations

import re

import pandas as pd

_NEW = 0.5  # of the middle customer's time as a customer: up to this, one is new
# What the strongest reason speaks of, by words in the column's name; the first that fits.
ACTIONS: dict[str, re.Pattern[str]] = {
    "contract": re.compile(
        r"contract|plan|subscription|renew|commit|合同|合约|套餐|续约|续费"
    ),
    "service": re.compile(
        r"complain|ticket|support|security|service|call|satisf|nps|rating|score_?survey|backup"
        r"|protection|issue|return|refund|投诉|客服|工单|满意|支持|服务|退货|退款"
    ),
    "price": re.compile(
        r"price|charge|fee|bill(?!ing)|cost|discount|rate_plan|monthly|spend_per"
        r"|价格|资费|费用|月费|账单|折扣"
    ),
    "payment": re.compile(
        r"pay|billing|card|debit|invoice|autopay|支付|付款|扣款|缴费"
    ),
    "winback": re.compile(
        r"recency|missed|last|since|inactiv|gap|overdue|dormant|is_?active|login|visit"
        r"|最近|上次|沉默|未活跃|活跃|登录|间隔"
    ),
    "usage": re.compile(
        r"usage|frequency|orders|quantity|trend|minutes|data|transactions|trans_|products|basket"
        r"|spend|amount|revenue|monetary|使用|频次|次数|订单|流量|时长|消费|金额|产品"
    ),
    "welcome": re.compile(
        r"tenure|months_on|seniority|age_of|first_|在网|入网|首次"
    ),
}


def suggest_actions(
    reasons: pd.DataFrame, customers: pd.DataFrame | None = None
) -> pd.DataFrame:
    """For each customer what to talk about.

    The strongest reason that raises the risk and whose column's name says what it is about decides;
    "talk" where none does.

    Parameters
    ----------
    reasons
        customer, rank, feature, points; and number, by which who is new is told from who has been a
        customer for long.
    customers
        All of them with their columns, to compare with; without them, with the others whose reason
        it is.

    Returns
    -------
    DataFrame
        - `customer` : name
        - `action` : a key of `ACTIONS`, or "talk"
        - `feature`, `points` : the reason; missing with "talk"

    Examples
    --------
    >>> why = pd.DataFrame({"customer": ["a", "a"], "rank": [1, 2], "points": [9.0, 5.0]})
    >>> why["feature"] = ["gender", "Contract"]
    >>> suggest_actions(why).to_dict("records")
    [{'customer': 'a', 'action': 'contract', 'feature': 'Contract', 'points': 5.0}]
    """
    actions = {
        name: next(
            (
                action
                for action, pattern in ACTIONS.items()
                if pattern.search(words_of(str(name)))
            ),
            None,
        )
        for name in reasons["feature"].unique()
    }
    topics = reasons.assign(action=reasons["feature"].map(actions).astype(object))
    topics = topics[(topics["points"] > 0) & topics["action"].notna()]
    welcome = topics["action"] == "welcome"
    if "number" in topics.columns:
        # Who has been a customer for long needs no help to get started.
        topics = topics[~welcome | _is_new(topics, customers)]
    # Being new is no topic where there is another.
    topics = topics.assign(_late=topics["action"] == "welcome")
    topics = topics.sort_values(["_late", "rank"], kind="stable").drop_duplicates(
        "customer"
    )
    suggested = pd.DataFrame({"customer": reasons["customer"].unique()}).merge(
        topics[["customer", "action", "feature", "points"]],
        on="customer",
        how="left",
    )
    return suggested.assign(
        action=suggested["action"].astype(object).fillna("talk")
    )


def words_of(name: str) -> str:
    """A column's name as words: lower case, joined by underscores.

    >>> words_of("MonthlyCharges (EUR)")
    'monthly_charges_eur_'
    """
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _is_new(topics: pd.DataFrame, customers: pd.DataFrame | None) -> pd.Series:
    """Whether a welcome's number is low: at most half that of the middle customer."""
    new = pd.Series(False, index=topics.index)
    for name in topics.loc[topics["action"] == "welcome", "feature"].unique():
        here = topics["feature"] == name
        own = topics.loc[here, "number"]
        column = (
            own
            if customers is None or name not in customers.columns
            else customers[name]
        )
        if pd.api.types.is_datetime64_any_dtype(column):
            # Counted in days before the latest, as the reasons are.
            column = (column.max() - column) / pd.Timedelta(days=1)
        new[here] = own.to_numpy(dtype=float) <= _NEW * float(
            pd.to_numeric(column, errors="coerce").median()
        )
    return new
