"""The customers that comments are joined to: who left, what they are worth, seen until when."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import as_day, day_numbers, day_of
from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.survey import (
    as_groups,
    as_numbers,
    worth_column,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

_LEAVING = re.compile(
    r"(^|_|\b)(left|leave|churn\w*|cancel\w*|terminat\w*|closed|unsubscribed)_?"
    r"(on|at|date|day)$|流失日期|流失时间|退订日期|注销日期|解约日期",
    re.IGNORECASE,
)
_YES = {"yes", "y", "true", "t", "1", "churned", "left", "是", "已流失", "流失"}
_NO = {"no", "n", "false", "f", "0", "stayed", "active", "否", "未流失", "留存"}
NEVER = np.iinfo(np.int64).max  # later than any day


@dataclass(frozen=True, eq=False)
class People:
    """Customers by position, of several rows of one the latest that fits.

    - `table`: the rows of `known`, with the table's own columns
    - `customer`: their names as text
    - `churned`: 1 who left, 0 who stayed, NaN where not known
    - `value`, `risk`: NaN where not known
    - `end`: the last day whose comments count, in days since 1970; NEVER where not known
    - `left_on`: the day they left; NEVER where they did not or it is not known
    """

    table: pd.DataFrame
    customer: np.ndarray
    churned: np.ndarray
    value: np.ndarray
    risk: np.ndarray
    end: np.ndarray
    left_on: np.ndarray

    def rows(self, chosen: np.ndarray) -> People:
        """Some of them."""
        return People(
            self.table[chosen],
            self.customer[chosen],
            self.churned[chosen],
            self.value[chosen],
            self.risk[chosen],
            self.end[chosen],
            self.left_on[chosen],
        )

    @property
    def is_bounded(self) -> bool:
        """Whether it is known until when comments count."""
        return bool((self.end < NEVER).any() or (self.left_on < NEVER).any())


def people_of(customers: pd.DataFrame, options: JoinOptions) -> People:
    """All rows that name a customer.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customers, "customers.no_customers" where no row names one,
        "feedback.no_column", "feedback.joined.not_yes_or_no", "customers.not_a_day".
    """
    require(customers, "customer")
    named = as_groups(customers["customer"])
    known = named != ""
    if not known.any():
        raise AnalysisError("customers.no_customers")
    table, customer = customers[known], named[known]
    column = worth_column(table, options.value)
    nothing = np.full(len(table), np.nan)
    left_on = _left_on(table, options)
    return People(
        table,
        customer,
        _churned(table, options),
        nothing if column is None else _finite(as_numbers(table[column])),
        _risks(as_numbers(table["risk"])) if "risk" in table.columns else nothing,
        _end(table, options),
        left_on,
    )


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def _risks(values: np.ndarray) -> np.ndarray:
    """What is no chance is not known."""
    return np.where((values >= 0) & (values <= 1), values, np.nan)


def _churned(table: pd.DataFrame, options: JoinOptions) -> np.ndarray:
    if options.churned not in table.columns:
        if options.churned != JoinOptions().churned:
            raise AnalysisError("feedback.no_column", column=options.churned)
        return np.full(len(table), np.nan)
    column = table[options.churned]
    words = pd.Series(as_groups(column), index=column.index).str.lower()
    answers = words.map(dict.fromkeys(_YES, 1.0) | dict.fromkeys(_NO, 0.0))
    if (answers.isna() & (words != "")).any():
        raise AnalysisError("feedback.joined.not_yes_or_no", column=options.churned)
    return answers.to_numpy(float)


def _end(table: pd.DataFrame, options: JoinOptions) -> np.ndarray:
    end = np.full(len(table), NEVER)
    if "cutoff" in table.columns:
        end = _days(table["cutoff"])
    if options.until is not None:
        end = np.minimum(end, _day(options.until))
    return end


def _day(written: str) -> int:
    day = day_of(written)
    assert day is not None
    return as_day(day)


def _left_on(table: pd.DataFrame, options: JoinOptions) -> np.ndarray:
    name = options.left_on
    if name is None:
        name = next(
            (
                str(column)
                for column in table.select_dtypes(["datetime", "datetimetz"])
                if _LEAVING.search(str(column))
            ),
            None,
        )
    elif name not in table.columns:
        raise AnalysisError("feedback.no_column", column=name)
    return np.full(len(table), NEVER) if name is None else _days(table[name])


def _days(dates: pd.Series) -> np.ndarray:
    days, dated = day_numbers(dates)
    return np.where(dated, days, NEVER)


def latest(people: People, *, labelled: bool) -> People:
    """Of each customer the row seen last; of those whose leaving is known, where labelled."""
    fits = ~np.isnan(people.churned) if labelled else np.ones(len(people.end), bool)
    order = pd.DataFrame({"customer": people.customer, "end": people.end})[fits]
    order = order.sort_values("end", kind="stable")
    last = order.drop_duplicates("customer", keep="last").index
    chosen = np.zeros(len(people.end), dtype=bool)
    chosen[last] = True
    return people.rows(chosen)
