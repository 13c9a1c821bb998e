"""Forecasts made from means and spreads, and what is asked of the verbs that plan with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.forecast import Forecast, ForecastOptions
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.wording import LANGUAGES, say

FIGURES = ["value", "lo_80", "hi_80", "lo_95", "hi_95"]
Values = Mapping[str, Any]


def forecast_of(
    means: Values,
    spreads: Values,
    past: Values | None = None,
    errors: Values | None = None,
    season: int = 12,
    paths: Values | None = None,
) -> Forecast:
    """What `forecast` gives, by month from January 2024 on.

    It is made from means and spreads a step (normal, or the paths themselves), a past, and errors
    of a back-test.
    """
    ahead, history, backtest, distributions = [], [], [], {}
    for name, mean in means.items():
        mean = np.asarray(mean, dtype=float)
        spread = np.broadcast_to(np.asarray(spreads[name], dtype=float), mean.shape)
        distribution = Distribution(mean, spread, persistence=0.0)
        distributions[name] = distribution
        dates = pd.date_range("2024-01-01", periods=len(mean), freq="MS")
        rows = pd.DataFrame({"series": name, "date": dates, "value": mean})
        for level in (80, 95):
            rows[f"lo_{level}"], rows[f"hi_{level}"] = distribution.interval(level)
        ahead.append(rows)
        before = np.asarray(
            (past or {}).get(name, np.full(24, mean[0])), dtype=float
        )
        table = pd.DataFrame(
            {
                "series": name,
                "date": months_before(len(before)),
                "value": before,
            }
        )
        history.append(table.assign(fitted=np.nan, mark=""))
        if errors is not None:
            missed = np.asarray(errors[name], dtype=float)
            days = months_before(len(missed))
            tested = pd.DataFrame({"series": name, "date": days, "value": missed})
            backtest.append(
                tested.assign(model="auto", cutoff=days[0], step=1, forecast=0.0),
            )
    names = list(means)
    return Forecast(
        history=pd.concat(history, ignore_index=True),
        ahead=pd.concat(ahead, ignore_index=True)[["series", "date", *FIGURES]],
        backtest=pd.concat(backtest, ignore_index=True)
        if backtest
        else pd.DataFrame(),
        accuracy=pd.DataFrame({"series": names, "model": "auto", "chosen": True}),
        series=pd.DataFrame({"series": names, "season": season, "label": "Theta"}),
        notes=(),
        options=ForecastOptions(),
        every="month",
        horizon=len(means[names[0]]),
        distributions={name: only(paths[name]) for name in names}
        if paths
        else distributions,
    )


def months_before(count: int) -> pd.DatetimeIndex:
    """The months before January 2024."""
    return pd.date_range(end="2023-12-01", periods=count, freq="MS")


def only(paths: np.ndarray) -> Any:
    """A distribution of just these paths."""
    periods = np.shape(paths)[1]
    return SimpleNamespace(
        paths=lambda count, seed: np.resize(paths, (count, periods))
    )


def names_of(notes: Iterable[Message]) -> list[str]:
    """What the notes are called; each can be said in every language."""
    notes = list(notes)
    for key, details in notes:
        for language in LANGUAGES:
            assert say(key, language, **details)
    return [note.key.rpartition(".")[2] for note in notes]


def refused(key: str, verb: Any, *arguments: Any, **named: Any) -> AnalysisError:
    """The trouble a verb has with these arguments; it can be said in every language."""
    with pytest.raises(AnalysisError) as caught:
        verb(*arguments, **named)
    assert caught.value.key == key
    for language in LANGUAGES:
        assert caught.value.sentence(language)
    return caught.value


def by_hand(series: str, date: str, value: float, note: str = "") -> pd.DataFrame:
    """One value set by hand."""
    return pd.DataFrame(
        {"series": [series], "date": [date], "value": [value], "note": [note]}
    )


def side_by_side(ahead: pd.DataFrame) -> pd.DataFrame:
    """The values of a forecast, a column a series."""
    return ahead.pivot(index="date", columns="series", values="value")


# Totals and parts


def forecast_with_parts(seed: int = 0) -> Forecast:
    """A total of four parts whose errors go together, forecast half a year ahead."""
    rng = np.random.default_rng(seed)
    names = ["p0", "p1", "p2", "p3"]
    past = {name: rng.gamma(9, 10, 36) for name in names}
    past["all"] = np.sum([past[name] for name in names], axis=0)
    means = {"all": rng.uniform(60, 140, 6) * 4}
    means |= {name: rng.uniform(40, 120, 6) for name in names}
    common = rng.normal(0, 5, 40)
    errors = {name: 2 * common + rng.normal(0, 8, 40) for name in names}
    total_error = np.sum([errors[name] for name in names], axis=0)
    errors["all"] = total_error * 0.4 + rng.normal(0, 4, 40)
    spreads = {name: 20.0 if name == "all" else 9.0 for name in means}
    return forecast_of(means, spreads, past, errors)
