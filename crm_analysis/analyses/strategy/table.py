"""The table of options, checked: what a customer could be given, what it brings and costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.figures import (
    check_figures,
    check_finite,
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

# Numbers an option may have besides; what is not known counts as 0.
_NUMBERS = ("points", "kept", "contacts", "error", "value", "risk", "worth")
_FINITE = (*_NUMBERS, "effect", "profit_a", "profit_b")
_NAMES = ("customer", "action", "channel", "segment", "group", "source", "cell")


@dataclass(frozen=True, eq=False)
class OptionTable:
    """Options in an order that does not hang on that of the rows given.

    - `given` : the table they are from; `rows` : the row of it that each is, a customer's next to
      each other
    - `customer` : the number of each option's customer
    - `customers` : how many there are, also without an option that can be chosen
    - `promises_profit` : whether any option says what it brings
    - `notes` : what was left out
    """

    given: pd.DataFrame
    rows: np.ndarray
    customer: np.ndarray
    customers: int
    promises_profit: bool
    notes: tuple[Message, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The options as a table; `row` says which row given each was."""
        return self.part(np.arange(len(self)))

    def part(self, options: np.ndarray) -> pd.DataFrame:
        """Some of the options as a table, as `table` would have them."""
        rows = self.rows[options]
        names = [name for name in _NUMBERS if name in self.given.columns]
        names += ["cost", *(["profit"] if self.promises_profit else [])]
        numbers = {name: self.number(name)[options] for name in names}
        table = self.given.iloc[rows].reset_index(drop=True)
        return table.assign(**numbers, row=rows)

    @cached_property
    def profit(self) -> np.ndarray:
        """Of each option; where no profit is promised, one for every customer reached."""
        if self.promises_profit:
            return figures_of(self.given["profit"])[self.rows]
        # Of two ways to reach a customer the cheaper one is better, and nobody is left out for it.
        most = float(self.cost.sum()) or 1.0
        return 1.0 - self.cost / (2 * most)

    @cached_property
    def cost(self) -> np.ndarray:
        """Of each option."""
        return self.number("cost")

    def number(self, column: str) -> np.ndarray:
        """A column of numbers, 0 where it is missing or says nothing."""
        if column not in self.given.columns:
            return np.zeros(len(self))
        return np.nan_to_num(figures_of(self.given[column])[self.rows])

    def text(self, column: str) -> np.ndarray | None:
        """A column of names, None where the table does not have it."""
        if column not in self.given.columns:
            return None
        return self.given[column].astype(object).to_numpy()[self.rows]

    def within_contacts(self, limit: int | None) -> np.ndarray:
        """The positions of options of customers who may be contacted once more."""
        if limit is None:
            return np.arange(len(self))
        check_figures(self.given, "contacts")
        return np.flatnonzero(self.number("contacts") + 1 <= limit)

    @cached_property
    def action(self) -> np.ndarray:
        """The action of each option."""
        return self.given["action"].astype(object).to_numpy()[self.rows]

    @cached_property
    def channel(self) -> np.ndarray:
        """The channel of each option: an action without one is its own."""
        names = self.text("channel")
        if names is None:
            return self.action
        return np.where(pd.isna(names), self.action, names)


def check_options(options_table: pd.DataFrame) -> OptionTable:
    """The options that can be planned with.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_options"; "strategy.unknown_cost", "negative_cost",
        "infinite_profit", "infinite_figure", "repeated_options" (count); "effect_over_one";
        "two_currencies"; "repeated_columns", "lists".
    """
    check_table(options_table, "customer", "action", "cost")
    check_names(options_table, *_NAMES)
    customer = _ranked(options_table["customer"])
    action = _ranked(options_table["action"])
    notes = []
    rows = np.flatnonzero((customer >= 0) & (action >= 0))
    if len(rows) < len(options_table):
        details = {"count": len(options_table) - len(rows)}
        notes.append(Message("strategy.note.unnamed", details))
    if not len(rows):
        raise AnalysisError("strategy.no_options")
    _check_money(options_table, rows)
    profit = _profits(options_table, rows)
    customers = int((np.bincount(customer[rows]) > 0).sum())
    if profit is None:
        notes.append(Message("strategy.note.no_profit", {}))
    elif np.isnan(profit).any():
        lacking = np.isnan(profit)
        actions = options_table["action"].iloc[rows[lacking]].astype(str).unique()
        left = {"count": int(lacking.sum()), "actions": sorted(actions)}
        notes.append(Message("strategy.note.unknown_profit", left))
        rows = rows[~lacking]
    rows = rows[_ordered(customer[rows], action[rows])]
    return OptionTable(
        options_table.copy(deep=False),
        rows,
        customer[rows],
        customers,
        profit is not None,
        tuple(notes),
    )


def _check_money(table: pd.DataFrame, rows: np.ndarray) -> None:
    cost = figures_of(table["cost"])[rows]
    unknown = int((~np.isfinite(cost)).sum())
    if unknown:
        raise AnalysisError("strategy.unknown_cost", count=unknown)
    negative = int((cost < 0).sum())
    if negative:
        raise AnalysisError("strategy.negative_cost", count=negative)
    if "currency" in table.columns:
        check_currencies(table[["currency"]].iloc[rows])
    if "effect" in table.columns:
        check_effects(figures_of(table["effect"])[rows])
    check_finite(table, *_FINITE)


def _profits(table: pd.DataFrame, rows: np.ndarray) -> np.ndarray | None:
    """What each of these rows brings; None where the table says it of none."""
    if "profit" not in table.columns:
        return None
    profit = figures_of(table["profit"])[rows]
    if np.isnan(profit).all():
        if table["profit"].iloc[rows].notna().any():
            raise AnalysisError("strategy.profit_not_numbers")
        return None
    infinite = int(np.isinf(profit).sum())
    if infinite:
        raise AnalysisError("strategy.infinite_profit", count=infinite)
    return profit


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


def _ordered(customer: np.ndarray, action: np.ndarray) -> np.ndarray:
    """The order by customer and action; no action may stand twice for a customer."""
    key = customer * (int(action.max(initial=0)) + 1) + action
    order = np.argsort(key, kind="stable")
    repeated = int((np.diff(key[order]) == 0).sum())
    if repeated:
        raise AnalysisError("strategy.repeated_options", count=repeated)
    return order


def _ranked(column: pd.Series) -> np.ndarray:
    """A number for each name that hangs on the names alone, not on the order of the rows.

    -1 where there is no name.
    """
    code, names = pd.factorize(column)
    if pd.api.types.is_numeric_dtype(names):
        keys = names.to_numpy() if hasattr(names, "to_numpy") else names
    else:
        texts = pd.Index(names).astype(str).to_numpy(dtype=object)
        keys = pd.util.hash_array(texts, categorize=False)
    rank = np.empty(len(keys) + 1, dtype=np.int64)
    rank[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    rank[-1] = -1
    return rank[code]
