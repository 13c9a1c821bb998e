"""The list to act on: whom to contact, and whom to leave alone so as to learn something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.retention.actions import (
    suggest_actions,
    words_of,
)
from crm_analysis.analyses.churn.retention.campaign import (
    MoneyOptions,
    affordable,
    order_to_contact,
    plan_campaign,
)
from crm_analysis.analyses.customers import plain_ids
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require

_BLOCK = 20  # customers of like risk among whom the hold-out is drawn
_FEW = 100  # in a group: a difference of fewer says little
_OWN_COLUMNS = {
    "customer",
    "risk",
    "value",
    "cost",
    "expected_profit",
    "position",
    "group",
    "new",
    "risk_before",
    "action",
    "touch",
    "feature",
    "points",
}
_CONTACT = re.compile(
    r"(^|_)(e_?mail|mail|phone|mobile|cell|tel|telephone|fax|first_?name|last_?name|full_?name|name"
    r"|surname|salutation|address|street|city|zip|zip_?code|post_?code|postal_?code|wechat|whatsapp"
    r"|owner|account_?manager)($|_)"
    r"|邮箱|邮件|手机|电话|姓名|名字|称呼|地址|城市|邮编|微信|客户经理|联系"
)


@dataclass(frozen=True, kw_only=True)
class RetentionListOptions(Options):
    """Who of the list is contacted, and how.

    - `holdout`: the share left alone to compare with.
    - `contact`: the columns to keep for reaching people. None: found by their names.
    - `personal`: the share of the list, most profit first, that is worth a person's call; the rest
      gets a message.
    """

    holdout: float = share(0.1, high=0.5)
    contact: tuple[str, ...] | None = None
    personal: float = share(0.2, step=0.05, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class RetentionList:
    """Whom to contact, best first.

    - `table`: a row a customer.
        - `position` : 1 is the best
        - `customer` : name; then the contact columns
        - `risk` : 0 to 1
        - `value`, `cost`, `expected_profit` : money
        - `group` : "contact" or "holdout"
        - `new`, `risk_before` : not on the list of before, the risk there (NaN where not); only
          with a list of before
        - `action` : what to talk about, a key of `ACTIONS` or "talk"
        - `feature`, `points` : the reason for that (percentage points); missing without reasons
        - `touch` : "personal" or "message"
    - `reasons`: the rows of the reasons given, for the customers of the list.
        - `customer`, `rank` : name, 1 for the strongest reason
        - `feature`, `kind` : the column, which phrase says it
        - `value`, `number` : as text, and as a number where it is one
        - `points`, `direction` : percentage points of risk, "up" or "down"
        - `base`, `risk` : the usual risk, and this customer's (0 to 1)
    - `dropped`: customers on the list of before that are not on this one.
    - `suppressed`, `already_churned`: how many were left out for that.
    - `notes`: what to say of it.
    """

    table: pd.DataFrame
    reasons: pd.DataFrame
    dropped: tuple[str, ...]
    suppressed: int
    already_churned: int
    options: RetentionListOptions
    money: MoneyOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        listed, contact, holdout, profit and cost (of those contacted), new, suppressed,
        already_churned, dropped.
        """
        contacted = self.table[self.table["group"] == "contact"]
        return {
            "listed": float(len(self.table)),
            "contact": float(len(contacted)),
            "holdout": float(len(self.table) - len(contacted)),
            "profit": float(contacted["expected_profit"].sum()),
            "cost": float(contacted["cost"].sum()),
            "new": float(self.table["new"].sum())
            if "new" in self.table.columns
            else None,
            "suppressed": float(self.suppressed),
            "already_churned": float(self.already_churned),
            "dropped": float(len(self.dropped)),
        }


def contact_columns(customers: pd.DataFrame) -> list[str]:
    """Columns by which a customer is reached or addressed, by their names.

    >>> names = ["customer", "E-mail", "First name", "手机号", "tenure"]
    >>> contact_columns(pd.DataFrame(columns=names))
    ['E-mail', 'First name', '手机号']
    """
    return [
        str(name)
        for name in customers.columns
        if name != "customer"
        and _CONTACT.search(words_of(str(name)))
        # "PhoneService: yes" reaches nobody.
        and (len(customers) <= 20 or customers[name].nunique() > 2)
    ]


def with_contacts(people: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """`people` with the contact columns that a table of customers has beside.

    Parameters
    ----------
    people
        customer, and what else is known of them.
    customers
        customer, and how they are reached.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": ["b"], "risk": [0.5]})
    >>> customers = pd.DataFrame({"customer": ["a", "b"], "phone": ["1", "2"], "plan": "x"})
    >>> with_contacts(people, customers)
      customer  risk phone
    0        b   0.5     2
    """
    columns = [
        name for name in contact_columns(customers) if name not in people.columns
    ]
    beside = customers[["customer", *columns]].drop_duplicates("customer")
    return people.merge(beside, on="customer", how="left", validate="many_to_one")


def list_to_contact(
    customers: pd.DataFrame,
    money: MoneyOptions | None = None,
    options: RetentionListOptions | None = None,
    *,
    reasons: pd.DataFrame | None = None,
    suppressed: Iterable[object] = (),
    previous: pd.DataFrame | None = None,
) -> RetentionList:
    """The customers whom contacting pays, best first, a random part of them held out.

    Parameters
    ----------
    customers
        customer, risk, the value column if one is named, and what else the table has. Who has
        churned already (not `actionable`, or without that column `churned`) and who is suppressed
        is left out and counted. Of a customer with several rows the last `cutoff` counts, else the
        first.
    money
        What the offer costs and brings. Its limits hold for those contacted: the hold-out comes on
        top. It is drawn at random within blocks of customers of like risk, so that both groups are
        alike but for the contact.
    options
        The hold-out, the columns, who gets a call.
    reasons
        As `reasons_for` gives them: what to talk about.
    suppressed
        Customers not to be contacted.
    previous
        The list of before: customer; risk.

    Returns
    -------
    RetentionList
        The `.table`, who was `.dropped` since the list of before, and counts of those left out.

    Raises
    ------
    AnalysisError
        As `plan_campaign`; `retention.nobody_left_to_contact` where all are left out.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": list("abcd"), "risk": [0.9, 0.8, 0.7, 0.01]})
    >>> money, everybody = MoneyOptions(value=500, count=2), RetentionListOptions(holdout=0)
    >>> contacts = list_to_contact(customers, money, everybody, suppressed=["b"])
    >>> contacts.table[["position", "customer", "group"]]
       position customer    group
    0         1        a  contact
    1         2        c  contact
    >>> contacts.suppressed
    1
    """
    money, options = money or MoneyOptions(), options or RetentionListOptions()
    require(customers, "customer")
    table = _one_row_each(customers)
    repeated = 0 if "cutoff" in customers.columns else len(customers) - len(table)
    suppressed_ids = plain_ids(pd.Series(list(suppressed), dtype=object))
    stopped = plain_ids(table["customer"]).isin(suppressed_ids).to_numpy()
    churned = _already_churned(table) & ~stopped
    already_churned, stopped_count = int(churned.sum()), int(stopped.sum())
    table = table[~churned & ~stopped].reset_index(drop=True)
    if not len(table):
        raise AnalysisError(
            "retention.nobody_left_to_contact",
            suppressed=stopped_count,
            left=already_churned,
        )
    plan = plan_campaign(
        table.drop(columns="churned", errors="ignore"),
        money.replace(count=None, budget=None),
    )
    order, held_out = _order_and_holdout(plan.customers, money, options)
    listed = _listed(table, plan.customers, order, options)
    listed["group"] = np.where(held_out, "holdout", "contact")
    dropped: tuple[str, ...] = ()
    if previous is not None:
        listed, dropped = _compared(listed, previous)
    if reasons is None:
        reasons = pd.DataFrame(columns=["customer", "rank", "feature", "points"])
    reasons = reasons[reasons["customer"].isin(listed["customer"])].reset_index(
        drop=True
    )
    actions = suggest_actions(reasons, table)
    listed = listed.merge(actions, on="customer", how="left", validate="one_to_one")
    listed["action"] = listed["action"].fillna("talk")
    rank = listed["expected_profit"].rank(ascending=False, method="first")
    calls = np.ceil(options.personal * len(listed))
    listed["touch"] = np.where(rank <= calls, "personal", "message")
    counts = {
        "suppressed": stopped_count,
        "left_already": already_churned,
        "several_rows": repeated,
    }
    return RetentionList(
        listed,
        reasons,
        dropped,
        stopped_count,
        already_churned,
        options,
        money,
        (*_notes(listed, counts), *plan.notes),
    )


def _one_row_each(customers: pd.DataFrame) -> pd.DataFrame:
    if "cutoff" not in customers.columns:
        return customers.drop_duplicates("customer").reset_index(drop=True)
    return (
        customers.sort_values("cutoff", kind="stable")
        .drop_duplicates("customer", keep="last")
        .sort_index()
        .reset_index(drop=True)
    )


def _already_churned(table: pd.DataFrame) -> np.ndarray:
    if "actionable" in table.columns:
        return ~table["actionable"].to_numpy(dtype=bool)
    if "churned" in table.columns:
        return table["churned"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    return np.zeros(len(table), dtype=bool)


def _order_and_holdout(
    figures: pd.DataFrame, money: MoneyOptions, options: RetentionListOptions
) -> tuple[np.ndarray, np.ndarray]:
    """The list, best first, cut so that those contacted keep within the limits; who is held out."""
    risk, cost = figures["risk"].to_numpy(), figures["cost"].to_numpy()
    profit = figures["expected_profit"].to_numpy()
    rng = np.random.default_rng(options.seed)
    start = float(rng.random())
    count, budget = money.count, money.budget
    if count is not None:
        # The largest list that leaves no more than so many to contact.
        sizes = np.arange(len(profit) + 1)
        contacted = sizes - np.floor(options.holdout * sizes + start)
        count = int(np.searchsorted(contacted, count, side="right")) - 1
    if budget is not None:
        budget /= 1 - options.holdout
    limits = money.replace(count=None, budget=budget)
    if count == 0:
        order = np.zeros(0, dtype=np.int64)
    else:
        order, size = order_to_contact(profit, cost, limits.replace(count=count))
        order = order[:size]
    if money.budget is None:
        return order, _held_out(risk[order], options.holdout, start, rng)
    held_out = _held_out(risk[order], options.holdout, start, rng)
    # Chance may have held out the cheaper ones.
    size = affordable(np.where(held_out, 0.0, cost[order]), money.budget)
    return order[:size], held_out[:size]


def _held_out(
    risk: np.ndarray, share: float, start: float, rng: np.random.Generator
) -> np.ndarray:
    """Whom to leave alone: a random share of each block of customers next to each other in risk.

    Parts of a customer carry over to the next block.
    """
    held_out = np.zeros(len(risk), dtype=bool)
    by_risk = np.lexsort((rng.random(len(risk)), -risk))
    edges = np.append(np.arange(0, len(risk), _BLOCK), len(risk))
    due = np.floor(share * edges + start).astype(int)
    for first, end, count in zip(edges[:-1], edges[1:], np.diff(due), strict=True):
        held_out[rng.permutation(by_risk[first:end])[:count]] = True
    return held_out


def _listed(
    table: pd.DataFrame,
    figures: pd.DataFrame,
    order: np.ndarray,
    options: RetentionListOptions,
) -> pd.DataFrame:
    columns = contact_columns(table) if options.contact is None else options.contact
    columns = [
        name
        for name in columns
        if name in table.columns and name not in _OWN_COLUMNS
    ]
    people = table.loc[order, ["customer", *columns]].reset_index(drop=True)
    money = figures.loc[
        order, ["risk", "value", "cost", "expected_profit"]
    ].reset_index(drop=True)
    listed = pd.concat([people, money], axis=1)
    listed.insert(0, "position", np.arange(1, len(listed) + 1))
    return listed


def _compared(
    listed: pd.DataFrame, previous: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The list beside the one of before, and who is on it no more."""
    now, before = plain_ids(listed["customer"]), plain_ids(previous["customer"])
    risk = pd.Series(np.nan, index=before.to_numpy())
    if "risk" in previous.columns:
        risk[:] = previous["risk"].to_numpy(dtype=float)
    risk = risk[~risk.index.duplicated()]
    return listed.assign(
        new=~now.isin(risk.index).to_numpy(),
        risk_before=now.map(risk).to_numpy(dtype=float),
    ), tuple(risk.index[~risk.index.isin(now)])


def _notes(listed: pd.DataFrame, counts: dict[str, int]) -> list[Message]:
    facts = {note: {"count": count} for note, count in counts.items() if count}
    held_out = int((listed["group"] == "holdout").sum())
    if len(listed) and not held_out:
        facts["no_holdout"] = {}
    elif held_out and held_out < _FEW:
        facts["small_holdout"] = {"count": held_out, "least": _FEW}
    return [
        Message(f"retention.note.{key}", details) for key, details in facts.items()
    ]
