"""Value, tiers, scores, cohorts, movement → figures in the reader's language; each answers one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel.dates import get_month_names

from crm_analysis.analyses.explain import Rule
from crm_analysis.analyses.value import Cohorts, Contracts, Drivers, Movement, Scores, Tiers, Value
from crm_analysis.analyses.value.cohorts import Measure
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import Language, has, say, write_number

__all__ = [
    "ahead",
    "attribute_name",
    "average_retention",
    "by_frequency",
    "cohort_heat",
    "cohort_name",
    "contract_curve",
    "dimension_name",
    "drivers",
    "flow",
    "holdout",
    "month_name",
    "pareto",
    "payback",
    "rfm_heat",
    "rule_text",
    "season",
    "survival",
    "weights",
]

_DIRECTIONS = ("A", "B", "C", "none")


def _title(column: str, language: Language) -> str:
    return as_title(f"value.column.{column}", language)


def month_name(
    month: int, language: Language, width: Literal["wide", "abbreviated"] = "wide"
) -> str:
    """A month of the year by its number."""
    return str(get_month_names(width, locale=language)[month])


def holdout(found: Value, language: Language) -> go.Figure:
    """Had we asked then: cumulative repeat orders, week by week, as they came and as they were expected."""
    weekly = found.weekly
    known = weekly.loc[weekly["part"] == "past"]
    drawn = weekly
    if len(
        known
    ):  # what is expected starts again from what had come by then: a gap in its line, where it does not happen to meet itself
        met = known.tail(1)["actual_cumulative"].item()
        anew = (
            known.tail(1)
            .loc[lambda last: last.index.repeat(2)]
            .assign(expected_cumulative=[np.nan, met])
        )
        drawn = pd.concat([known, anew, weekly.loc[weekly["part"] != "past"]], ignore_index=True)
    figure = charts.lines(
        drawn,
        x="date",
        values=["actual_cumulative", "expected_cumulative"],
        names=[_title("actual", language), _title("expected", language)],
        x_title="",
        y_title=say("value.picture.cumulative_orders", language),
        points=False,
        tick=",",
    )
    cut = known["date"].max() if len(known) else weekly["date"].min()
    return charts.mark(figure, x=cut.isoformat(), text=say("value.picture.known", language))


def by_frequency(found: Value, language: Language) -> go.Figure:
    """Of which customers the forecast was right: orders each, by how often they had ordered before."""
    return charts.bars(
        found.by_frequency,
        category="frequency",
        values=["actual_each", "expected_each"],
        names=[_title("actual", language), _title("expected", language)],
        x_title=say("value.picture.frequency_before", language),
        y_title=say("value.picture.orders_each", language),
        text=".1f",
    ).update_xaxes(type="category")


def ahead(found: Value, language: Language) -> go.Figure:
    """When it will come: value (orders without amounts), month by month."""
    money = "value" in found.curve.columns
    column = "value" if money else "expected_orders"
    start = pd.Timestamp(found.until)
    ends = found.curve["date"]
    begins = ends.shift(1).fillna(start)
    frame = found.curve.assign(middle=(begins + (ends - begins) / 2).dt.strftime("%Y-%m-%d"))
    figure = charts.bars(
        frame,
        category="middle",
        values=[column],
        names=[_title(column, language)],
        y_title=_title(column, language),
        text=None,
    )
    return figure.update_xaxes(
        tickformat={"en": "%b\n%Y", "zh": "%-m月\n%Y年"}[language],
        dtick="M1" if len(frame) <= 14 else None,
        ticklabelmode="period",
    )


def season(found: Value, language: Language) -> go.Figure:
    """Which months bring more: repeat orders against a usual month."""
    frame = found.season.assign(
        name=[month_name(int(month), language, "abbreviated") for month in found.season["month"]]
    )
    figure = charts.bars(
        frame,
        category="name",
        values=["multiplier"],
        names=[_title("multiplier", language)],
        y_title=_title("multiplier", language),
        text=".1f",
    ).update_traces(textposition="inside", textangle=0)
    return charts.mark(figure.update_xaxes(type="category"), y=1.0)


def pareto(found: Tiers, language: Language) -> go.Figure:
    """Who carries the business: share of value by share of customers, the best first."""
    curve = found.curve.assign(equal=found.curve["customers_share"])
    figure = charts.lines(
        curve,
        x="customers_share",
        values=["value_share", "equal"],
        names=[_title(found.measure, language), say("value.picture.equal", language)],
        x_title=say("value.picture.customers_share", language),
        y_title=say("value.picture.value_share", language),
        points=False,
        tick=".0%",
    )
    reached = 0.0
    for row in found.tiers.head(2).to_dict("records"):
        reached += float(row["customers_share"])
        if row["customers"]:
            charts.mark(
                figure, x=reached, text=row["tier"], after=reached < 0.05
            )  # before it there is the axis
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.02]).update_yaxes(range=[0, 1.03])


def rfm_heat(scored: pd.DataFrame, language: Language) -> go.Figure:
    """How recent and how frequent customers are: how many there are of each pair of scores."""
    table = scored.pivot_table(
        index="r", columns="f", values="customer", aggfunc="count", fill_value=0
    )
    steps = range(
        1, max(5, *scored["r"], *scored["f"]) + 1
    )  # all of them: where equal customers share a score, nobody may have the one beside it
    table = table.reindex(index=reversed(steps), columns=steps, fill_value=0)
    figure = charts.heat(
        table,
        x_title=say("value.picture.frequency_score", language),
        y_title=say("value.picture.recency_score", language),
        tick=",",
    )
    return figure.update_xaxes(type="category").update_yaxes(type="category")


def dimension_name(name: str, language: Language) -> str:
    """What a dimension of the score is called."""
    return say(f"value.dimension.{name}", language)


def weights(found: Scores, language: Language) -> go.Figure:
    """What counts how much, beside what would tell customers apart best."""
    frame = found.weights.assign(
        name=[dimension_name(name, language) for name in found.weights["dimension"]]
    )
    return charts.bars(
        frame,
        category="name",
        values=["weight", "entropy_weight"],
        names=[
            say("value.picture.weight", language),
            say("value.picture.entropy_weight", language),
        ],
        horizontal=True,
    )


def attribute_name(name: str, language: Language) -> str:
    """What an attribute is called: a phrase where there is one, else the column's own name."""
    key = next((key for key in (f"value.attribute.{name}", f"roles.{name}") if has(key)), None)
    return say(key, language) if key else name


def drivers(found: Drivers, language: Language) -> go.Figure:
    """Which attributes matter: how much worse the best model gets without each."""
    shown = found.effects[found.effects["weight"] >= 0.005].head(10)
    frame = shown.assign(name=[attribute_name(name, language) for name in shown["attribute"]])
    return charts.bars(
        frame,
        category="name",
        values=["weight"],
        names=[say("value.picture.weight_of_attribute", language)],
        horizontal=True,
    ).update_xaxes(title_text=say("value.picture.weight_of_attribute", language))


def rule_text(rule: Rule, language: Language) -> str:
    """The conditions of a rule as words."""
    told = (
        say(
            f"explain.{one.op}",
            language,
            feature=attribute_name(one.feature, language),
            value=one.value,
        )
        for one in rule.conditions
    )
    return say("explain.and", language).join(told)


def cohort_name(start: pd.Timestamp, every: str, language: Language) -> str:
    """What a cohort is called: its month, quarter or week."""
    return say(
        f"value.cohort.name_{every}",
        language,
        date=start.date().isoformat(),
        quarter=start.quarter,
        year=str(start.year),
    )


def cohort_heat(
    found: Cohorts, measure: Measure, language: Language, *, periods: int, rows: int
) -> go.Figure:
    """How cohorts age: one row each, the newest last; a cell whose period has not ended has a star."""
    table = found.heat_map(measure)
    unfinished = found.unfinished().reindex_like(table)
    keep = [
        period
        for period in table.columns
        if (period > 0 or measure != "retention") and period <= periods
    ]
    table = table[keep].dropna(how="all").tail(rows)
    unfinished = unfinished.loc[table.index, keep]
    style = "percent" if measure == "retention" else "short"
    texts = table.copy().astype(object)
    for column in table.columns:
        texts[column] = [
            ""
            if pd.isna(value)
            else write_number(float(value), style, language)
            + ("*" if mark is True or mark == 1 else "")
            for value, mark in zip(table[column], unfinished[column], strict=True)
        ]
    names = [cohort_name(start, found.every, language) for start in table.index]
    figure = charts.heat(
        table.set_axis(names, axis=0),
        texts=texts,
        x_title=say(f"value.picture.periods_{found.every}", language),
        y_title=_title("cohort", language),
    )
    # Without a size of its own the text shrinks with the cells, and is left out where it could not be read.
    return (
        figure.update_traces(textfont_size=None)
        .update_xaxes(type="category", side="top")
        .update_yaxes(type="category")
    )


def average_retention(found: Cohorts, language: Language) -> go.Figure:
    """How many come again: share of customers ordering, by age."""
    frame = found.average[found.average["period"] > 0]
    figure = charts.lines(
        frame,
        x="period",
        values=["retention"],
        names=[_title("retention", language)],
        x_title=say(f"value.picture.periods_{found.every}", language),
        y_title=_title("retention", language),
        tick=".0%",
    )
    return _aged(figure, frame)


def payback(found: Cohorts, language: Language) -> go.Figure:
    """When a new customer has earned their cost: cumulative margin per customer, by age."""
    figure = charts.lines(
        found.average,
        x="period",
        values=["margin_each"],
        names=[say("value.picture.margin_each", language)],
        x_title=say(f"value.picture.periods_{found.every}", language),
        y_title=say("value.picture.margin_each", language),
    )
    if found.acquisition_cost > 0:
        charts.mark(
            figure,
            y=found.acquisition_cost,
            text=say("value.knob.acquisition_cost.label", language),
        )
    return _aged(figure, found.average)


def _aged(figure: go.Figure, frame: pd.DataFrame) -> go.Figure:
    """Ages are whole periods, and what is counted begins at none."""
    return figure.update_xaxes(dtick=1 if len(frame) <= 12 else None).update_yaxes(
        rangemode="tozero"
    )


def survival(found: Cohorts, language: Language) -> go.Figure:
    """How long customers stay: share not yet lost, by days since the first order."""
    return (
        charts.lines(
            found.survival,
            x="day",
            values=["share"],
            names=[say("value.picture.not_lost", language)],
            x_title=say("value.picture.days_since_first", language),
            y_title=say("value.picture.not_lost", language),
            points=False,
            tick=".0%",
        )
        .update_traces(line_shape="hv")
        .update_yaxes(range=[0, 1.03])
    )


def flow(found: Movement, language: Language, palette: Sequence[str] = ()) -> go.Figure:
    """Who went from which tier to which."""
    rank = {name: place for place, name in enumerate(_DIRECTIONS)}
    moves = found.flows.sort_values(
        ["tier_before", "tier_now"], key=lambda column: column.map(rank)
    )
    names = {
        name: say("value.picture.tier", language, tier=name)
        if name != "none"
        else say("value.tier.none", language)
        for name in _DIRECTIONS
    }
    frame = moves.assign(before=moves["tier_before"].map(names), now=moves["tier_now"].map(names))
    titles = [
        say("value.picture.window", language, start=start, end=end)
        for start, end in (found.before, found.now)
    ]
    figure = charts.flow(
        frame,
        before="before",
        after="now",
        value="customers",
        before_title=titles[0],
        after_title=titles[1],
        palette=palette,
    )
    return _placed(figure, frame)


def _placed(figure: go.Figure, frame: pd.DataFrame) -> go.Figure:
    """Best tier on top on either side: left to itself, Plotly orders the states as its lines cross least."""
    x, y = [], []
    for side, column in ((0.001, "before"), (0.999, "now")):
        sizes = (
            frame.groupby(column, sort=False)["customers"]
            .sum()
            .loc[list(dict.fromkeys(frame[column]))]
            .to_numpy(float)
        )
        x += [side] * len(sizes)
        y += list(np.clip((np.cumsum(sizes) - sizes / 2) / sizes.sum(), 0.001, 0.999))
    return figure.update_traces(node={"x": x, "y": y}, arrangement="snap")


def contract_curve(found: Contracts, language: Language) -> go.Figure:
    """How many renew at each renewal: observed, where enough were at risk, beside the model."""
    seen = found.curve[found.curve["at_risk"] >= 30]
    frame = seen if len(seen) > 2 else found.curve
    return charts.lines(
        frame,
        x="period",
        values=["observed", "retention"],
        names=[_title("observed", language), say("value.picture.by_the_model", language)],
        x_title=say("value.picture.renewal", language),
        y_title=_title("retention", language),
        points=False,
        tick=".0%",
    )
