"""The table of options, checked: what a customer could be given, what it brings and costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

# Numbers an option may have besides; what is not known counts as 0.
_NUMBERS = ("points", "kept", "contacts", "error", "value", "risk", "worth")


@dataclass(frozen=True, eq=False)
class OptionTable:
    """Options in an order that does not hang on that of the rows given.

    - `table` : the rows that can be planned with, a customer's next to each other; `row` says which
      row it was
    - `customer` : the number of each row's customer
    - `customers` : how many there are, also without an option that can be chosen
    - `promises_profit` : whether any option says what it brings
    - `notes` : what was left out
    """

    table: pd.DataFrame
    customer: np.ndarray
    customers: int
    promises_profit: bool
    notes: tuple[Message, ...]

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def profit(self) -> np.ndarray:
        """Of each option; where no profit is promised, one for every customer reached."""
        if self.promises_profit:
            return self.table["profit"].to_numpy(dtype=float)
        # Of two ways to reach a customer the cheaper one is better, and nobody is left out for it.
        most = float(self.cost.sum()) or 1.0
        return 1.0 - self.cost / (2 * most)

    @cached_property
    def cost(self) -> np.ndarray:
        """Of each option."""
        return self.table["cost"].to_numpy(dtype=float)

    def number(self, column: str) -> np.ndarray:
        """A column of numbers, 0 where it is missing."""
        if column not in self.table.columns:
            return np.zeros(len(self.table))
        return self.table[column].to_numpy(dtype=float)

    def text(self, column: str) -> np.ndarray | None:
        """A column of names, None where the table does not have it."""
        if column not in self.table.columns:
            return None
        return self.table[column].astype(object).to_numpy()

    def within_contacts(self, limit: int | None) -> np.ndarray:
        """The rows of customers who may be contacted once more."""
        if limit is None:
            return np.arange(len(self.table))
        return np.flatnonzero(self.number("contacts") + 1 <= limit)

    @cached_property
    def channel(self) -> np.ndarray:
        """The channel of each option: an action without one is its own."""
        names = self.text("channel")
        action = self.table["action"].astype(object).to_numpy()
        if names is None:
            return action
        return np.where(pd.isna(names), action, names)


def check_options(options_table: pd.DataFrame) -> OptionTable:
    """The options that can be planned with.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_options"; "strategy.unknown_cost", "negative_cost",
        "infinite_profit", "repeated_options" (count); "effect_over_one"; "two_currencies".
    """
    require(options_table, "customer", "action", "cost")
    table = options_table.copy(deep=False)
    table["row"] = np.arange(len(table))
    notes = []
    named = (table["customer"].notna() & table["action"].notna()).to_numpy()
    if not named.all():
        details = {"count": int((~named).sum())}
        notes.append(Message("strategy.note.unnamed", details))
        table = table[named]
    if not len(table):
        raise AnalysisError("strategy.no_options")
    _check_money(table)
    promises = "profit" in table.columns and bool(table["profit"].notna().any())
    customers = int(table["customer"].nunique())
    table = _numeric(table, promises)
    if promises:
        known = table["profit"].notna().to_numpy()
        if not known.all():
            actions = table.loc[~known, "action"].astype(str).unique()
            left = {"count": int((~known).sum()), "actions": sorted(actions)}
            notes.append(Message("strategy.note.unknown_profit", left))
            table = table[known]
    else:
        notes.append(Message("strategy.note.no_profit", {}))
    order, customer = _ordered(table)
    if (np.diff(order) != 1).any():
        table = table.iloc[order]
    table = table.reset_index(drop=True)
    return OptionTable(table, customer, customers, promises, tuple(notes))


def _check_money(table: pd.DataFrame) -> None:
    cost = pd.to_numeric(table["cost"], errors="coerce").to_numpy(
        float, na_value=np.nan
    )
    unknown = int((~np.isfinite(cost)).sum())
    if unknown:
        raise AnalysisError("strategy.unknown_cost", count=unknown)
    negative = int((cost < 0).sum())
    if negative:
        raise AnalysisError("strategy.negative_cost", count=negative)
    check_currencies(table)
    if "effect" in table.columns:
        effect = pd.to_numeric(table["effect"], errors="coerce").to_numpy(
            float, na_value=np.nan
        )
        check_effects(effect)


def check_currencies(*tables: pd.DataFrame) -> None:
    """Raise an AnalysisError where money is in several currencies."""
    currencies: set[str] = set()
    for table in tables:
        if "currency" in table.columns:
            currencies |= set(table["currency"].dropna().astype(str))
    if len(currencies) > 1:
        raise AnalysisError(
            "strategy.two_currencies", currencies=sorted(currencies)
        )


def check_effects(effect: np.ndarray) -> None:
    """Raise an AnalysisError where a change of a probability is over 1 either way."""
    over = np.abs(effect) > 1
    if over.any():
        value = float(effect[over][0])
        raise AnalysisError("strategy.effect_over_one", value=value)


def _numeric(table: pd.DataFrame, promises: bool) -> pd.DataFrame:
    """The columns of numbers as numbers."""
    changed: dict[str, np.ndarray] = {}
    names = [name for name in _NUMBERS if name in table.columns]
    for name in ("cost", *(["profit"] if promises else []), *names):
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(
            float, na_value=np.nan
        )
        values = values if name == "profit" else np.nan_to_num(values)
        if (
            table[name].dtype != np.float64
            or np.isnan(table[name].to_numpy()).any()
        ):
            changed[name] = values
        if name == "profit" and np.isnan(values).all():
            raise AnalysisError("strategy.profit_not_numbers")
        infinite = int(np.isinf(values).sum()) if name == "profit" else 0
        if infinite:
            raise AnalysisError("strategy.infinite_profit", count=infinite)
    return table.assign(**changed) if changed else table


def _ordered(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The rows by customer and action, by a hash of either, and each row's customer."""
    customer, action = _ranked(table["customer"]), _ranked(table["action"])
    order = np.lexsort((action, customer))
    customer, action = customer[order], action[order]
    same = (customer[1:] == customer[:-1]) & (action[1:] == action[:-1])
    repeated = int(same.sum())
    if repeated:
        raise AnalysisError("strategy.repeated_options", count=repeated)
    return order, customer


def _ranked(column: pd.Series) -> np.ndarray:
    """A number for each name that hangs on the names alone, not on the order of the rows."""
    code, names = pd.factorize(column)
    if pd.api.types.is_numeric_dtype(names):
        keys = names.to_numpy() if hasattr(names, "to_numpy") else names
    else:
        texts = pd.Index(names).astype(str).to_numpy(dtype=object)
        keys = pd.util.hash_array(texts, categorize=False)
    rank = np.empty(len(keys), dtype=np.int64)
    rank[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return rank[code]
