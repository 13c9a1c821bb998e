"""Best, active, at risk and lost customers: one definition for all that is said of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.describe import check_one_row_each
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, share
from crm_analysis.tables.kinds import require

GROUPS = ("active", "at_risk", "lost")


@dataclass(frozen=True, kw_only=True)
class GroupOptions(Options):
    """Where the groups end.

    - `best`: the share of the customers not lost that are the best, by value.
    - `at_risk`: the chance of having left from which a customer who is not lost is at risk.
    """

    best: float = share(0.2, low=0.01, high=0.5)
    at_risk: float = share(0.2, low=0.05, high=0.95)


@dataclass(frozen=True, eq=False)
class CustomerGroups:
    """Which group each customer is of.

    - `customers`: a row a customer.
        - `customer` : who
        - `group` : "active", "at_risk" or "lost"
        - `best` : whether of the best; nobody lost is
        - `value`, `risk` : as handed over
    - `groups`: a row a group: "best", which lies across the others, "active", "at_risk", "lost".
        - `group` : which
        - `customers` : how many
        - `value` : what they are worth together, in the unit of the value handed over
        - `value_at_risk` : value times risk, summed
    """

    customers: pd.DataFrame
    groups: pd.DataFrame
    options: GroupOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, best, active, at_risk, lost, best_at_risk.

        active + at_risk + lost = customers; best_at_risk are of both.
        """
        counts = self.groups.set_index("group")["customers"]
        both = self.customers["best"] & self.customers["group"].eq("at_risk")
        return {
            "customers": float(len(self.customers)),
            **{str(name): float(count) for name, count in counts.items()},
            "best_at_risk": float(both.sum()),
        }

    def members(self, group: str) -> pd.DataFrame:
        """The rows of the customers of a group, or of "best", the most valuable first."""
        if group == "best":
            of_group = self.customers["best"]
        elif group in GROUPS:
            of_group = self.customers["group"].eq(group)
        else:
            raise ValueError(f"group is {group!r}; it must be best, or of {GROUPS}")
        return self.customers[of_group].sort_values(
            "value", ascending=False, kind="stable", ignore_index=True
        )

    def overlap(self, customers: Iterable[object]) -> dict[str, int]:
        """How many of these customers are of each group, and how many are of none known.

        Examples
        --------
        >>> table = pd.DataFrame({"customer": list("abc"), "value": [9.0, 5.0, 1.0]})
        >>> groups = customer_groups(table.assign(risk=[0.0, 0.3, 0.9]))
        >>> groups.overlap(["a", "c", "z"])
        {'customers': 3, 'best': 1, 'active': 1, 'at_risk': 0, 'lost': 1, 'unknown': 1}
        """
        asked = pd.Index(pd.unique(pd.Series(list(customers), dtype=object)))
        own = self.customers[self.customers["customer"].isin(asked)]
        counts = own["group"].value_counts()
        return {
            "customers": len(asked),
            "best": int(own["best"].sum()),
            **{name: int(counts.get(name, 0)) for name in GROUPS},
            "unknown": len(asked) - len(own),
        }


def customer_groups(
    customers: pd.DataFrame, options: GroupOptions | None = None
) -> CustomerGroups:
    """Which customers are best, active, at risk and lost, by what each is worth and its risk.

    Lost are as many as are expected to have left, the sum of the chances, and they are those whose
    chances are highest. Of the others, at risk is whose chance of having left is at least
    `at_risk`, active the rest; the best are the most valuable share of them.

    Parameters
    ----------
    customers
        A row a customer with `customer`, `value` (what they are expected to bring, in money or in
        orders) and `risk` (the chance of having left for good, from 0 to 1), both by one model:
        `alive` and `value` of `estimate_value`, say.
    options
        Where the groups end.

    Returns
    -------
    CustomerGroups
        The group of each, and the groups.

    Raises
    ------
    AnalysisError
        "data.missing_role" without one of the columns, "customers.repeated" where a customer has
        several rows, "customers.no_rows" without any, "customers.groups.not_chances" where a risk
        is missing or not from 0 to 1, "customers.groups.no_value" where a value is no number.

    Examples
    --------
    Of five customers whose chances add up to 2, the two with the highest are lost.

    >>> table = pd.DataFrame({"customer": list("abcde"), "value": [9.0, 7.0, 5.0, 3.0, 1.0]})
    >>> groups = customer_groups(table.assign(risk=[0.0, 0.1, 0.2, 0.8, 0.9]))
    >>> groups.customers[["customer", "group", "best"]]
      customer    group   best
    0        a   active   True
    1        b   active  False
    2        c  at_risk  False
    3        d     lost  False
    4        e     lost  False
    """
    options = options or GroupOptions()
    require(customers, "customer", "value", "risk")
    if customers.empty:
        raise AnalysisError("customers.no_rows")
    check_one_row_each(customers)
    table = customers[["customer", "value", "risk"]].reset_index(drop=True)
    table = table.assign(
        value=_values(table["value"]), risk=_chances(table["risk"])
    )
    # Equal chances are told apart by value, then by name: the order of rows decides nothing.
    by_name = table.assign(name=table["customer"].astype(str))
    by_risk = by_name.sort_values(
        ["risk", "value", "name"], ascending=[False, True, True]
    )
    lost = by_risk.index[: round(float(table["risk"].sum()))]
    group = np.where(table["risk"] >= options.at_risk, "at_risk", "active")
    group = np.where(table.index.isin(lost), "lost", group)
    by_value = by_name.drop(index=lost).sort_values(
        ["value", "risk", "name"], ascending=[False, True, True]
    )
    best = by_value.index[: math.ceil(options.best * len(by_value) - 1e-9)]
    table = table.assign(group=group, best=table.index.isin(best))
    table = table[["customer", "group", "best", "value", "risk"]]
    return CustomerGroups(table, _by_group(table), options)


def _values(column: pd.Series) -> pd.Series:
    values = pd.to_numeric(column, errors="coerce").astype(float)
    if not np.isfinite(values).all():
        wrong = int((~np.isfinite(values)).sum())
        raise AnalysisError("customers.groups.no_value", count=wrong)
    return values


def _chances(column: pd.Series) -> pd.Series:
    risks = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = int((~risks.between(0, 1)).sum())
    if wrong:
        raise AnalysisError("customers.groups.not_chances", count=wrong)
    return risks


def _by_group(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name in ("best", *GROUPS):
        of_group = table["best"] if name == "best" else table["group"].eq(name)
        own = table[of_group]
        rows.append(
            {
                "group": name,
                "customers": len(own),
                "value": float(own["value"].sum()),
                "value_at_risk": float((own["value"] * own["risk"]).sum()),
            }
        )
    return pd.DataFrame(rows)
