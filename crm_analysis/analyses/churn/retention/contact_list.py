"""The list to act on: whom to contact, what to talk about, and whom to leave alone so that there is something to learn from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.retention.campaign import (
    MoneyOptions,
    order_to_contact,
    plan_campaign,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = [
    "ACTIONS",
    "ActingOptions",
    "ActionList",
    "contact_columns",
    "list_to_contact",
    "plain_ids",
    "suggest_actions",
    "with_contacts",
]


_NEW = 0.5  # of the middle customer's time as a customer: up to this, one is new
_BLOCK = 20  # customers of like risk among whom the hold-out is drawn
_OWN = {
    "customer",
    "risk",
    "value",
    "cost",
    "expected_profit",
    "place",
    "group",
    "new",
    "risk_before",
    "action",
    "touch",
    "feature",
    "points",
}
_FEW = 100  # in a group: a difference of fewer says little
_CONTACT = re.compile(
    r"(^|_)(e_?mail|mail|phone|mobile|cell|tel|telephone|fax|first_?name|last_?name|full_?name|name|surname|salutation|address|street|city|zip|zip_?code|post_?code|postal_?code|wechat|whatsapp|owner|account_?manager)($|_)"
    r"|邮箱|邮件|手机|电话|姓名|名字|称呼|地址|城市|邮编|微信|客户经理|联系"
)
# What the strongest reason speaks of, by words in the column's name; the first that fits.
ACTIONS: dict[str, re.Pattern[str]] = {
    "contract": re.compile(r"contract|plan|subscription|renew|commit|合同|合约|套餐|续约|续费"),
    "service": re.compile(
        r"complain|ticket|support|security|service|call|satisf|nps|rating|score_?survey|backup|protection|issue|return|refund|投诉|客服|工单|满意|支持|服务|退货|退款"
    ),
    "price": re.compile(
        r"price|charge|fee|bill(?!ing)|cost|discount|rate_plan|monthly|spend_per|价格|资费|费用|月费|账单|折扣"
    ),
    "payment": re.compile(r"pay|billing|card|debit|invoice|autopay|支付|付款|扣款|缴费"),
    "winback": re.compile(
        r"recency|missed|last|since|inactiv|gap|overdue|dormant|is_?active|login|visit|最近|上次|沉默|未活跃|活跃|登录|间隔"
    ),
    "usage": re.compile(
        r"usage|frequency|orders|quantity|trend|minutes|data|transactions|trans_|products|basket|spend|amount|revenue|monetary|使用|频次|次数|订单|流量|时长|消费|金额|产品"
    ),
    "welcome": re.compile(r"tenure|months_on|seniority|age_of|first_|在网|入网|首次"),
}


@dataclass(frozen=True, kw_only=True)
class ActingOptions(Options):
    """`holdout`: the share left alone to compare with. `contact`: the columns to keep for reaching people; None: found by their names.
    `personal`: the share of the list, most profit first, that is worth a person's call; the rest gets a message.
    """

    holdout: float = knob(0.1, low=0.0, high=0.5, step=0.01)
    contact: tuple[str, ...] | None = None
    personal: float = knob(0.2, low=0.0, high=1.0, step=0.05, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class ActionList:
    """Whom to contact, best first.

    `table`: place, customer, the contact columns, risk, value, cost, expected_profit, group ("contact" or "holdout"), new (not on the list of
    before; only with one), risk_before (there; NaN where not), action, touch ("personal" or "message"), and for its cause feature and
    points (NaN without reasons). `reasons`: the rows of the reasons given, for the customers of the list. `gone`: customers on the list of
    before that are not on this one. `notes`: (key, details).
    """

    table: pd.DataFrame
    reasons: pd.DataFrame
    gone: tuple[str, ...]
    suppressed: int
    left_already: int
    options: ActingOptions
    money: MoneyOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: listed, contact, holdout, profit and cost (of those contacted), new, suppressed, left_already, gone."""
        contacted = self.table[self.table["group"] == "contact"]
        return {
            "listed": float(len(self.table)),
            "contact": float(len(contacted)),
            "holdout": float(len(self.table) - len(contacted)),
            "profit": float(contacted["expected_profit"].sum()),
            "cost": float(contacted["cost"].sum()),
            "new": float(self.table["new"].sum()) if "new" in self.table.columns else None,
            "suppressed": float(self.suppressed),
            "left_already": float(self.left_already),
            "gone": float(len(self.gone)),
        }


def contact_columns(customers: pd.DataFrame) -> list[str]:
    """Columns by which a customer is reached or addressed, by their names.

    >>> contact_columns(pd.DataFrame(columns=["customer", "E-mail", "First name", "手机号", "tenure"]))
    ['E-mail', 'First name', '手机号']
    """
    named = [
        name
        for name in customers.columns
        if name != "customer" and _CONTACT.search(re.sub(r"[\W_]+", "_", _words(str(name))))
    ]
    return [
        str(name) for name in named if not (len(customers) > 20 and customers[name].nunique() <= 2)
    ]  # "PhoneService: yes" reaches nobody


def with_contacts(people: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """`people` (customer, and what else is known of them) with the contact columns that a table of customers has beside.

    >>> people, customers = pd.DataFrame({"customer": ["b"], "risk": [0.5]}), pd.DataFrame({"customer": ["a", "b"], "phone": ["1", "2"], "plan": "x"})
    >>> with_contacts(people, customers).to_dict("records")
    [{'customer': 'b', 'risk': 0.5, 'phone': '2'}]
    """
    beside = customers[
        ["customer", *(name for name in contact_columns(customers) if name not in people.columns)]
    ].drop_duplicates("customer")
    return people.merge(beside, on="customer", how="left", validate="many_to_one")


def list_to_contact(
    customers: pd.DataFrame,
    money: MoneyOptions | None = None,
    options: ActingOptions | None = None,
    *,
    reasons: pd.DataFrame | None = None,
    suppressed: Iterable[object] = (),
    previous: pd.DataFrame | None = None,
) -> ActionList:
    """The customers whom contacting pays, best first, a random part of them held out.

    `customers`: customer, risk, the value column if one is named, and what else the table has; who has left already (not `actionable`,
    or without that column `churned`) and who is on the suppression list is left out and counted. Of a customer with several rows the last `cutoff` counts, else the first. The limits
    of `money` hold for those contacted: the hold-out comes on top. It is drawn at random within blocks of customers of like
    risk, so that both groups are alike but for the contact. `reasons`: as `reasons_for` gives them. `previous`: the list of before
    (customer; risk). AnalysisError `retention.nobody_left_to_contact` where all are left out.

    >>> customers = pd.DataFrame({"customer": list("abcdef"), "risk": [0.9, 0.8, 0.7, 0.6, 0.5, 0.01], "email": ["@"] * 6})
    >>> found = list_to_contact(customers, MoneyOptions(value=500, count=2), ActingOptions(holdout=0), suppressed=["b"])
    >>> found.table[["place", "customer", "email", "group"]].to_dict("list"), found.suppressed
    ({'place': [1, 2], 'customer': ['a', 'c'], 'email': ['@', '@'], 'group': ['contact', 'contact']}, 1)
    """
    cash, told = money or MoneyOptions(), options or ActingOptions()
    require(customers, "customer")
    table, several = _one_row_each(customers)
    left = _left_already(table)
    stopped = plain_ids(table["customer"]).isin({_plain(one) for one in suppressed}).to_numpy()
    table = table[~left & ~stopped].reset_index(drop=True)
    if not len(table):
        raise AnalysisError(
            "retention.nobody_left_to_contact",
            suppressed=int(stopped.sum()),
            left=int((left & ~stopped).sum()),
        )
    plan = plan_campaign(
        table.drop(columns="churned", errors="ignore"), cash.replace(count=None, budget=None)
    )
    figures = plan.customers
    order, _ = order_to_contact(
        figures["expected_profit"].to_numpy(), figures["cost"].to_numpy(), cash
    )
    order = order[figures["expected_profit"].to_numpy()[order] > 0]
    order, held = _drawn(order, figures["risk"].to_numpy(), figures["cost"].to_numpy(), cash, told)
    kept = [
        name
        for name in (contact_columns(table) if told.contact is None else told.contact)
        if name in table.columns and name not in _OWN
    ]
    money_of = figures.loc[order, ["risk", "value", "cost", "expected_profit"]].reset_index(
        drop=True
    )
    listed = pd.concat(
        [table.loc[order, ["customer", *kept]].reset_index(drop=True), money_of], axis=1
    )
    listed.insert(0, "place", np.arange(1, len(listed) + 1))
    listed["group"] = np.where(held, "holdout", "contact")
    gone: tuple[str, ...] = ()
    if previous is not None:
        listed, gone = _compared(listed, previous)
    why = (
        pd.DataFrame(columns=["customer", "rank", "feature", "points"])
        if reasons is None
        else reasons[reasons["customer"].isin(listed["customer"])]
    )
    listed = listed.merge(
        suggest_actions(why, table), on="customer", how="left", validate="one_to_one"
    )
    listed["action"] = listed["action"].fillna("talk")
    best = listed["expected_profit"].rank(ascending=False, method="first") <= np.ceil(
        told.personal * len(listed)
    )
    listed["touch"] = np.where(best, "personal", "message")
    counts = {
        "several": several,
        "stopped": int(stopped.sum()),
        "left": int((left & ~stopped).sum()),
    }
    return ActionList(
        listed,
        why.reset_index(drop=True),
        gone,
        counts["stopped"],
        counts["left"],
        told,
        cash,
        (*_notes(listed, counts), *plan.notes),
    )


def suggest_actions(reasons: pd.DataFrame, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """For each customer what to talk about: customer, action, feature, points.

    The strongest reason that raises the risk and whose column's name says what it is about decides; "talk" where none does.
    `reasons`: customer, rank, feature, points; and number, by which who is new is told from who has been a customer for long. `customers`: all of
    them with their columns, to compare with; without them, with the others whose reason it is.

    >>> why = pd.DataFrame({"customer": ["a", "a"], "rank": [1, 2], "feature": ["gender", "Contract"], "points": [9.0, 5.0]})
    >>> suggest_actions(why).to_dict("records")
    [{'customer': 'a', 'action': 'contract', 'feature': 'Contract', 'points': 5.0}]
    """
    action_of = {name: _action(str(name)) for name in reasons["feature"].unique()}
    telling = reasons[
        (reasons["points"] > 0)
        & reasons["feature"].map(lambda name: action_of[name] is not None).astype(bool)
    ]
    if "number" in telling.columns:  # who has been a customer for long needs no help to get started
        starts = [name for name, action in action_of.items() if action == "welcome"]
        telling = telling[~telling["feature"].isin(starts) | _is_new(telling, starts, customers)]
    late = (
        telling["feature"].map(action_of) == "welcome"
    ).to_numpy()  # being new is no topic where there is another
    first = (
        telling.assign(_late=late)
        .sort_values(["_late", "rank"], kind="stable")
        .drop_duplicates("customer")
    )
    found = pd.DataFrame({"customer": reasons["customer"].unique()}).merge(
        first[["customer", "feature", "points"]], on="customer", how="left"
    )
    found.insert(
        1,
        "action",
        found["feature"].map(action_of).fillna("talk") if len(found) else pd.Series(dtype=object),
    )
    return found


def _is_new(telling: pd.DataFrame, columns: list[str], customers: pd.DataFrame | None) -> pd.Series:
    """Whether a reason's number is low beside the other customers': at most half of the middle one's."""
    found = pd.Series(False, index=telling.index)
    for name in columns:
        here = telling["feature"] == name
        column = (
            telling.loc[here, "number"]
            if customers is None or name not in customers.columns
            else customers[name]
        )
        if pd.api.types.is_datetime64_any_dtype(
            column
        ):  # counted in days before the latest, as the reasons are
            column = (column.max() - column) / pd.Timedelta(days=1)
        middle = float(pd.to_numeric(column, errors="coerce").median())
        found[here] = telling.loc[here, "number"].to_numpy(dtype=float) <= _NEW * middle
    return found


def plain_ids(column: pd.Series) -> pd.Series:
    """Ids as text, so that 17, 17.0 and " 17" are one customer."""
    return column.map(_plain).astype(object)


def _plain(value: object) -> str:
    return (
        str(int(value))
        if isinstance(value, float | np.floating) and float(value).is_integer()
        else str(value).strip()
    )


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _action(feature: str) -> str | None:
    words = re.sub(r"[\W_]+", "_", _words(feature))
    return next((action for action, pattern in ACTIONS.items() if pattern.search(words)), None)


def _one_row_each(customers: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A row a customer, and how many rows that leaves out."""
    if "cutoff" in customers.columns:
        table = (
            customers.sort_values("cutoff", kind="stable")
            .drop_duplicates("customer", keep="last")
            .sort_index()
        )
        return table.reset_index(drop=True), 0
    table = customers.drop_duplicates("customer").reset_index(drop=True)
    return table, len(customers) - len(table)


def _left_already(table: pd.DataFrame) -> np.ndarray:
    if "actionable" in table.columns:
        return ~table["actionable"].to_numpy(dtype=bool)
    return (
        table["churned"].astype("boolean").fillna(False).to_numpy(dtype=bool)
        if "churned" in table.columns
        else np.zeros(len(table), dtype=bool)
    )


def _drawn(
    order: np.ndarray,
    risk: np.ndarray,
    cost: np.ndarray,
    money: MoneyOptions,
    options: ActingOptions,
) -> tuple[np.ndarray, np.ndarray]:
    """The list, best first, cut so that those contacted keep within the limits, and who of it is held out."""
    rng = np.random.default_rng(options.seed)
    start = float(rng.random())
    if money.count is not None:  # the largest list that leaves no more than so many to contact
        sizes = np.arange(len(order) + 1)
        order = order[
            : int(
                np.searchsorted(
                    sizes - np.floor(options.holdout * sizes + start), money.count, side="right"
                )
            )
            - 1
        ]
    if money.budget is not None:
        order = order[
            : int(
                np.searchsorted(
                    np.cumsum(cost[order]) * (1 - options.holdout),
                    money.budget * (1 + 1e-12),
                    side="right",
                )
            )
        ]
    held = _held_out(risk[order], options.holdout, start, rng)
    if money.budget is not None:  # chance may have held out the cheaper ones
        number = int(
            np.searchsorted(
                np.cumsum(np.where(held, 0.0, cost[order])),
                money.budget * (1 + 1e-12),
                side="right",
            )
        )
        order, held = order[:number], held[:number]
    return order, held


def _held_out(risk: np.ndarray, share: float, start: float, rng: np.random.Generator) -> np.ndarray:
    """Whom to leave alone: a random share of each block of customers next to each other in risk (parts of a customer carry over)."""
    held = np.zeros(len(risk), dtype=bool)
    by_risk = np.lexsort((rng.random(len(risk)), -risk))
    blocks = np.append(np.arange(0, len(risk), _BLOCK), len(risk))
    due = np.floor(share * blocks + start).astype(int)
    for first, end, few in zip(blocks[:-1], blocks[1:], np.diff(due), strict=True):
        held[rng.permutation(by_risk[first:end])[:few]] = True
    return held


def _compared(listed: pd.DataFrame, previous: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    before = plain_ids(previous["customer"])
    now = plain_ids(listed["customer"])
    known = pd.Series(
        previous["risk"].to_numpy(dtype=float) if "risk" in previous.columns else np.nan,
        index=before.to_numpy(),
    )
    known = known[~known.index.duplicated()]
    gone = tuple(one for one in before.drop_duplicates() if one not in set(now))
    return listed.assign(
        new=~now.isin(known.index).to_numpy(), risk_before=now.map(known).to_numpy(dtype=float)
    ), gone


def _notes(listed: pd.DataFrame, counts: dict[str, int]) -> list[Message]:
    notes: list[Message] = []
    if counts["stopped"]:
        notes.append(Message("retention.note.suppressed", {"count": counts["stopped"]}))
    if counts["left"]:
        notes.append(Message("retention.note.left_already", {"count": counts["left"]}))
    if counts["several"]:
        notes.append(Message("retention.note.several_rows", {"count": counts["several"]}))
    held = int((listed["group"] == "holdout").sum())
    if len(listed) and not held:
        notes.append(Message("retention.note.no_holdout", {}))
    elif held and held < _FEW:
        notes.append(Message("retention.note.small_holdout", {"count": held, "least": _FEW}))
    return notes
