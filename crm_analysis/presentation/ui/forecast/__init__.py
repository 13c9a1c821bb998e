"""The pieces of the forecast page: what is asked, the forecast of it, and what a person has decided on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast, ForecastOptions
from crm_analysis.analyses.forecast.planning.overrides import Overridden, override
from crm_analysis.analyses.forecast.planning.reconciliation import (
    Reconciled,
    ReconcileOptions,
    reconcile,
)
from crm_analysis.analyses.forecast.series.demand import Demand
from crm_analysis.analyses.forecast.series.selection import ALL, DemandOptions, select_demand
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.blocks import switch
from crm_analysis.presentation.ui.forecast import decisions, forecasting, settings
from crm_analysis.presentation.ui.forecast.settings import demand_table, series_names
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import say, tell


@dataclass(frozen=True)
class Asked:
    """All that the tabs draw from: the demand, its forecast, the plan made of it, and which series is looked at.

    `plan` is the forecast's `ahead` after totals and parts were reconciled and values set by hand; `names` what each series is called.
    """

    kind: str
    what: DemandOptions
    lines: Answer[pd.DataFrame]
    measured: Demand
    demand: Answer[pd.DataFrame]
    options: ForecastOptions
    found: Answer[Forecast]
    overridden: Overridden
    reconciled: Reconciled | None
    shown: str
    names: dict[str, str]

    @property
    def forecast(self) -> Forecast:
        """The forecast itself."""
        return self.found.value

    @property
    def plan(self) -> pd.DataFrame:
        """What is planned for every series, of which the total is one."""
        return self.overridden.ahead

    @property
    def parts(self) -> list[str]:
        """The series that are no sums; the total where it is the only one."""
        names = [str(name) for name in self.forecast.series["series"]]
        return names if len(names) == 1 else [name for name in names if name != ALL]

    def row(self) -> dict[str, Any]:
        """The series looked at: its row of the table of series."""
        table = self.forecast.series
        return table[table["series"] == self.shown].iloc[0].to_dict()

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are of the series looked at."""
        return table[table["series"].astype(str) == self.shown].reset_index(drop=True)

    def one(self) -> Answer[pd.DataFrame]:
        """The demand of the series looked at."""
        return Answer(self.of(self.demand.value), f"{self.demand.fingerprint} {self.shown}")


def ask(kind: str) -> Asked:
    """The settings as widgets, and the forecast they ask for."""
    lines = table(kind)
    columns = st.columns([5, 4, 5, 5, 9] if kind == "transactions" else [2, 3, 4], gap="medium")
    places = dict(
        zip(
            ("measure", "every", "by", "horizon", "model")
            if kind == "transactions"
            else ("every", "horizon", "model"),
            columns,
            strict=True,
        )
    )
    what = settings.choose_what(kind, lines, places)
    answer = run(select_demand, settings.members_joined(lines, what), what)
    measured, demand = answer.value, demand_table(answer)
    options = settings.choose_model(measured.every if what.every == "given" else what.every, places)
    if what.every != "given":
        options = options.replace(every=what.every)
    options = options.replace(
        country=decisions.country(), events=decisions.events(), left_out=decisions.left_out(what)
    )
    found = forecasting.forecast(
        demand,
        options,
        series_names(pd.unique(demand.value["series"]), what.segmentation),
        measured.measure,
    )
    names = series_names(found.value.series["series"], what.segmentation)
    shown = _shown(names)
    method = st.session_state.get("forecast-totals", "none")
    reconciled = (
        _reconciled(found, ReconcileOptions(method=method))
        if len(names) > 1 and method != "none"
        else None
    )
    ahead = found.value.ahead if reconciled is None else reconciled.ahead[found.value.ahead.columns]
    return Asked(
        kind,
        what,
        lines,
        measured,
        demand,
        options,
        found,
        override(ahead, decisions.overrides(what)),
        reconciled,
        shown,
        names,
    )


def _shown(names: dict[str, str]) -> str:
    """Which series is looked at: the one picked in a table, else the one chosen before, else the first."""
    first = next(iter(names))
    if len(names) == 1:
        return first
    picked = st.session_state.pop("forecast-picked", None)
    if picked in names:
        st.session_state["forecast-shown"] = picked
    if st.session_state.get("forecast-shown", first) not in names:
        del st.session_state["forecast-shown"]
    left, right = st.columns([3, 4], gap="medium", vertical_alignment="bottom")
    with left:
        shown = st.selectbox(
            say("forecast.shown"),
            list(names),
            format_func=names.__getitem__,
            key="forecast-shown",
            persist_state="session",
        )
    with right:
        switch(
            "forecast.totals",
            ["none", "bottom_up", "mint"],
            "forecast.total.{}",
            key="forecast-totals",
            help="forecast.totals_help",
        )
    return shown


def _reconciled(found: Answer[Forecast], options: ReconcileOptions) -> Reconciled | None:
    """Totals and parts that add up, where they can."""
    try:
        return run(_reconcile, found, options).value
    except AnalysisError as problem:
        tell(problem)
        return None


def _reconcile(found: Forecast, options: ReconcileOptions) -> Reconciled:
    return reconcile(found, None, options)
