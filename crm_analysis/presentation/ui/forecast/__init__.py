"""What the tabs of the forecast page draw from: demand, its forecast, and the plan made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast, ForecastOptions
from crm_analysis.analyses.forecast.planning.overrides import (
    Overridden,
    override,
)
from crm_analysis.analyses.forecast.planning.reconciliation import (
    Reconciled,
    ReconcileOptions,
    reconcile,
)
from crm_analysis.analyses.forecast.series.demand import ALL, Demand
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    select_demand,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    run,
    say,
    switch,
    table,
    tell,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import decisions, settings
from crm_analysis.presentation.ui.forecast.forecasting import forecast_demand
from crm_analysis.presentation.ui.forecast.words import series_names
from crm_analysis.presentation.ui.reader import settings as folded
from crm_analysis.presentation.ui.remembered import last_chosen, remembered
from crm_analysis.units import use_demand

__all__ = ["PICKED", "View", "open_view"]

PICKED = widget_key("forecast", "picked")  # the series that was picked in a table
_SHOWN = widget_key("forecast", "shown")
_METHOD = widget_key("forecast", "reconcile")


@dataclass(frozen=True)
class View:
    """All that the tabs draw from, and which series is looked at (`shown`).

    `selection` is the demand asked for, `demand` its series, `overridden` the forecast after totals
    and parts were reconciled and values set by hand; `names` says what each series is called.
    """

    kind: str
    lines: Answer[pd.DataFrame]
    selection: DemandOptions
    measured: Demand
    demand: Answer[pd.DataFrame]
    options: ForecastOptions
    result: Answer[Forecast]
    reconciled: Answer[Reconciled] | None
    overridden: Overridden
    names: dict[str, str]
    shown: str

    @property
    def forecast(self) -> Forecast:
        """The forecast itself."""
        return self.result.value

    @property
    def plan(self) -> pd.DataFrame:
        """What is planned for every series, of which the total is one."""
        return self.overridden.ahead

    @property
    def reconciliation(self) -> Reconciled | None:
        """Totals and parts as they were made to add up; None where they were not."""
        return None if self.reconciled is None else self.reconciled.value

    @property
    def parts(self) -> list[str]:
        """The series that are no sums; the total where it is the only one."""
        names = self.forecast.series["series"].astype(str).tolist()
        return names if len(names) == 1 else [name for name in names if name != ALL]

    @property
    def shown_name(self) -> str:
        """What the series looked at is called."""
        return self.names[self.shown]

    def row(self) -> dict[str, Any]:
        """The series looked at: its row of the table of series."""
        return self.of_shown(self.forecast.series).iloc[0].to_dict()

    def of_shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are of the series looked at."""
        return table[table["series"].astype(str) == self.shown].reset_index(
            drop=True
        )

    def shown_demand(self) -> Answer[pd.DataFrame]:
        """The demand of the series looked at."""
        return run(_of_series, self.demand, self.shown)


def _of_series(demand: pd.DataFrame, name: str) -> pd.DataFrame:
    """The demand of one series."""
    return demand[demand["series"].astype(str) == name].reset_index(drop=True)


def open_view(kind: str) -> View:
    """The settings as widgets, and the forecast they ask for."""
    lines = table(kind)
    with folded():
        places = settings.places(kind)
        selection = settings.choose_demand(kind, lines, places)
        use_demand(selection.measure)
        answer = run(
            select_demand,
            settings.with_members(lines, selection),
            selection,
        )
        options = settings.choose_model(answer.value.every, places)
    options = options.replace(
        every=None if selection.every == "given" else selection.every,
        country=decisions.country(),
        events=decisions.events(),
        left_out=decisions.left_out(selection),
    )
    demand = settings.demand_table(answer)
    measured = answer.value
    names = series_names(pd.unique(demand.value["series"]), selection.segmentation)
    result = forecast_demand(demand, options, names, measured.measure)
    names = series_names(result.value.series["series"], selection.segmentation)
    shown = _choose_shown(names)
    reconciled = _reconciled(result) if len(names) > 1 else None
    ahead = result.value.ahead
    if reconciled is not None:
        ahead = reconciled.value.ahead[ahead.columns]
    return View(
        kind=kind,
        lines=lines,
        selection=selection,
        measured=measured,
        demand=demand,
        options=options,
        result=result,
        reconciled=reconciled,
        overridden=override(ahead, decisions.overrides(selection)),
        names=names,
        shown=shown,
    )


def _choose_shown(names: dict[str, str]) -> str:
    """The series looked at: picked in a table, else chosen before, else the first."""
    first = next(iter(names))
    if len(names) == 1:
        return first
    picked = st.session_state.pop(PICKED, None)
    if picked in names:
        st.session_state[_SHOWN] = picked
    if st.session_state.get(_SHOWN, first) not in names:
        del st.session_state[_SHOWN]
    left, right = st.columns([3, 4], gap="medium", vertical_alignment="bottom")
    shown = remembered(
        left.selectbox,
        say("forecast.shown"),
        list(names),
        format_func=names.__getitem__,
        key=_SHOWN,
    )
    with right:
        switch(
            "forecast.totals",
            ["none", "bottom_up", "mint"],
            "forecast.total.{}",
            key=_METHOD,
            help="forecast.totals_help",
        )
    return shown


def _reconciled(result: Answer[Forecast]) -> Answer[Reconciled] | None:
    """Totals and parts that add up, where that is wanted and they can."""
    method = last_chosen(_METHOD)
    if method not in ("bottom_up", "mint"):
        return None
    try:
        return run(reconcile, result, None, ReconcileOptions(method=method))
    except AnalysisError as problem:
        tell(problem)
        return None
