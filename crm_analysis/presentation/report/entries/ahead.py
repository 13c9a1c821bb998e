"""Findings on what a forecast is used for: assumptions, new products, how good it was."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.forecast import (
    Forecast,
    ForecastScore,
    NewProduct,
    Scenario,
)
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures.forecast import (
    model_name,
    series_name,
)
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.units import use_demand
from crm_analysis.wording import Language, say


def with_days(frame: pd.DataFrame, language: Language) -> pd.DataFrame:
    """A table with its dates, written, as the column day."""
    return frame.assign(
        day=[say("report.day", language, day=day.date()) for day in frame["date"]]
    )


def scenario(result: Scenario, saying: Saying) -> Finding:
    """What would be wanted on an assumption."""
    use_demand(result.measure)
    names = [str(name) for name in result.totals["series"]]
    name = series_name(names[0] if len(names) == 1 else ALL, saying.language)
    if not result.assumption:
        return saying.finding(
            saying.sentence("forecast.scenario.nothing", name=name), "scenario"
        )
    summary, direction = result.summary(), result.direction
    share = abs(summary["share"] or 0.0)
    called = {"before": "as_forecast", "after": "as_assumed"}
    periods = with_days(result.periods, saying.language).rename(columns=called)
    figures = [*called.values()]
    return saying.finding(
        saying.sentence(
            f"forecast.scenario.{direction}",
            name=name,
            before=summary["before"],
            after=summary["after"],
            share=share,
        ),
        "scenario",
        number=saying.number(share, "percent1"),
        label=saying.label(f"assumed_{direction}"),
        chart=saying.chart(periods, "day", figures, shape="lines", style="measure"),
        table=saying.table(
            periods, ["day", *figures], dict.fromkeys(figures, "measure")
        ),
        caveats=(
            *saying.caveats(result.assumption),
            saying.sentence("forecast.scenario.help"),
        ),
    )


def forecast_score(result: ForecastScore, saying: Saying) -> Finding:
    """How far a forecast that was kept was off."""
    use_demand(result.measure)
    summary = result.summary()
    off = (summary["smape"] or 0.0) / 100
    figures = ["actual", "forecast"]
    periods = result.periods.rename(columns={"value": "forecast"})
    together = periods.groupby("date", sort=True)[figures].sum().reset_index()
    names = ["day", *figures, "error", "percent_error"]
    if periods["series"].nunique() > 1:
        names = ["series", *names]
    return saying.finding(
        saying.sentence(
            "forecast.score.sentence",
            made=result.made,
            periods=int(summary["periods"] or 0),
            mape=off,
            inside=summary["inside_80"] or 0.0,
        ),
        "forecast_score",
        number=saying.number(off, "percent"),
        label=saying.label("off"),
        chart=saying.chart(
            with_days(together, saying.language),
            "day",
            figures,
            shape="lines",
            style="measure",
        ),
        table=saying.table(
            with_days(periods, saying.language),
            names,
            {
                **dict.fromkeys((*figures, "error"), "measure"),
                "percent_error": "percent",
            },
        ),
        caveats=saying.caveats(result.notes),
    )


def new_product(result: NewProduct, saying: Saying) -> Finding:
    """What a new product may sell in its first periods."""
    use_demand(result.measure)
    summary, horizon = result.summary(), len(result.ahead)
    figures = ["expected", "lo_80", "hi_80"]
    ahead = with_days(result.ahead, saying.language)
    ahead = ahead.rename(columns={"value": "expected"})
    return saying.finding(
        saying.sentence(
            "forecast.new_product.sentence",
            name=str(result.ahead["series"].iloc[0]),
            horizon=horizon,
            unit=result.every if horizon == 1 else f"{result.every}s",
            total=summary["total"],
            siblings=int(summary["siblings"] or 0),
        ),
        "new_product",
        number=saying.number(summary["total"], "measure"),
        label=saying.label("total_ahead"),
        chart=saying.chart(ahead, "day", figures, shape="lines", style="measure"),
        table=saying.table(
            ahead, ["day", *figures], dict.fromkeys(figures, "measure")
        ),
        caveats=saying.caveats(result.notes),
    )


def accuracy(result: tuple[Forecast, str], saying: Saying) -> Finding:
    """How near the forecast of a series was on earlier days, beside other models."""
    forecast, series = result
    use_demand(forecast.measure)
    message = sentences.tested_against_naive(forecast, series, saying.language)
    if message is None:
        return saying.finding(
            saying.sentence("forecast.accuracy.untested"), "accuracy"
        )
    scores = forecast.accuracy
    own = scores[scores["series"].astype(str) == series].sort_values(
        "mase", kind="stable"
    )
    own = own.assign(
        model=[model_name(str(model), saying.language) for model in own["model"]],
        smape_share=own["smape"] / 100,
    )
    off = message.details["smape"]
    return saying.finding(
        saying.message(message),
        "accuracy",
        number=saying.number(off, "percent"),
        label=saying.label("off"),
        count=saying.count(_points(forecast, series), "periods"),
        chart=saying.chart(own, "model", ["mase"], style="number2"),
        table=saying.table(
            own,
            ["model", "mase", "smape_share", "mae", "coverage_80", "points"],
            {
                "mase": "number2",
                "smape_share": "percent",
                "mae": "measure",
                "coverage_80": "percent",
            },
        ),
        caveats=saying.caveats(forecast.notes),
    )


def _points(forecast: Forecast, series: str) -> int:
    """How many periods of a series are known."""
    names = forecast.series["series"].astype(str)
    return int(forecast.series.loc[names == series, "points"].iloc[0])
