"""One data set, the answers of the verbs so far, and what several verbs are asked with."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import crm_analysis as crm
from crm_analysis.analyses.forecast.series.selection import DemandOptions


class Data:
    """One data set, and the answers of the verbs so far.

    Parameters
    ----------
    path
        The file that the verbs begin with.
    every
        The period its demand is counted by.
    change
        A feature and a value of it, for what-if questions.
    """

    def __init__(
        self,
        path: Path,
        every: str = "month",
        change: tuple[str, Any] = ("", 0),
    ) -> None:
        self.path, self.every, self.change = path, every, change
        self.answers: dict[str, Any] = {}

    def __getitem__(self, verb: str) -> Any:
        if verb not in self.answers:
            raise LookupError(f"{verb} gave no answer")
        return self.answers[verb]

    def forget(self) -> None:
        """Let go of all answers, which may be large."""
        self.__dict__.clear()

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The cleaned table."""
        return self["clean"].table

    @cached_property
    def some(self) -> pd.DataFrame:
        """The lines of a part of the customers, for verbs that take long."""
        known = self.lines[self.lines["customer"].notna()]
        return known[known["customer"].astype(str).str[-1].isin(list("05"))]

    @cached_property
    def fewer(self) -> pd.DataFrame:
        """At most 800 described customers, spread evenly."""
        people = self["describe_customers"]
        return people.iloc[:: -(-len(people) // 800)].reset_index(drop=True)

    @cached_property
    def goods(self) -> pd.DataFrame:
        """The lines of the products sold most."""
        sold = (
            self.lines.groupby("product")["quantity"]
            .sum()
            .sort_values(kind="stable")
        )
        return self.lines[self.lines["product"].isin(sold.index[-4:])]

    @cached_property
    def midway(self) -> datetime.date:
        """A day on which a part of the orders was yet to come."""
        return self.lines["date"].quantile(0.6).date()

    @cached_property
    def launched(self) -> pd.DataFrame:
        """The lines as if every second product had been launched midway."""
        codes, _ = pd.factorize(self.lines["product"])
        return self.lines[
            (codes % 2 == 0) | (self.lines["date"].dt.date > self.midway)
        ]

    @cached_property
    def learned(self) -> pd.DataFrame:
        """Demand of the best products without the last periods, which are there to judge by."""
        demand = self["demand (parts)"]
        return demand[demand["date"] < np.sort(demand["date"].unique())[-3]]

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The customers with their risk and a money value, as campaigns want them."""
        people = self["predict_churn"].customers
        return people.assign(worth=20.0 + np.arange(len(people)) % 90)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Made-up outcomes of a campaign: those held out leave more often."""
        listed = self["list_to_contact"].table
        place = np.arange(len(listed))
        left = np.where(
            listed["group"] == "holdout", place % 2 == 0, place % 5 == 0
        )
        return listed[["customer"]].assign(churned=left)

    @cached_property
    def anyone(self) -> Any:
        """A customer whose risk is in the middle."""
        people = self["predict_churn"].customers.sort_values("risk", kind="stable")
        return people["customer"].iloc[len(people) // 2]

    def by_hand(self) -> pd.DataFrame:
        """Two values of the forecast, set by hand."""
        rows = self["forecast"].ahead[["series", "date", "value"]].iloc[[0, 4]]
        return rows.assign(value=rows["value"] * 1.5 + 1, note=["fair", ""])

    def stock(self) -> pd.DataFrame:
        """A made-up stock of each series but one."""
        names = self["forecast"].ahead["series"].drop_duplicates().to_numpy()[1:]
        count = np.arange(len(names))
        rows = {
            "series": names,
            "on_hand": 40.0 * count,
            "pack": 6.0 + count,
            "cost": 2.5,
        }
        return pd.DataFrame(rows)


def members(data: Data) -> pd.DataFrame:
    """Which segment each customer is in."""
    return data["segment (kmeans)"].customers[["customer", "segment"]]


def features(data: Data, verb: str) -> pd.DataFrame:
    """The features of an answer, without who and when."""
    return data[verb].drop(
        columns=["customer", "cutoff", "window_end", "churned"], errors="ignore"
    )


def opened(data: Data) -> Any:
    """A kept model, opened from what would be stored."""
    kept = data["save_model"]
    return crm.open_model(
        kept.model, json.loads(json.dumps(kept.meta)), kept.reference
    )


def churn_of(data: Data, model: str) -> Any:
    """Churn by one model, of at most 800 customers, with few folds and draws."""
    few = crm.ChurnOptions(model=model, folds=3, repeats=1, draws=20)
    return crm.predict_churn(data.fewer, few)


def ahead_by(data: Data, model: str, **more: Any) -> Any:
    """A forecast of the best products by one model."""
    options = crm.ForecastOptions(
        horizon=3, model=model, windows=2, paths=200, **more
    )
    return crm.forecast(data.learned, options, measure="quantity")


Verbs = Sequence[tuple[str, Callable[[Data], Any]]]


def largest_products(data: Data) -> DemandOptions:
    """The demand of the three products sold most."""
    return DemandOptions(by="product", every=data.every, largest=3)
