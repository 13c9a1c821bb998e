"""Value, tiers, scores, cohorts, movement → figures in the reader's language.

Each answers one question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.explain import Rule
from crm_analysis.analyses.value import (
    CohortMeasure,
    Cohorts,
    Contracts,
    Scores,
    Tiers,
    Value,
    ValueMovement,
)
from crm_analysis.numerals import month_of_year
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import (
    Language,
    has,
    say,
    write_number,
)

_FIFTHS = 5


def _title(column: str, language: Language) -> str:
    return as_title(f"value.column.{column}", language)


def holdout(value: Value, language: Language) -> go.Figure:
    """Had we asked then: repeat orders as they came and as they were expected, week by week."""
    past = value.weekly[value.weekly["part"] == "past"]
    ahead = value.weekly[value.weekly["part"] == "ahead"]
    # What is expected starts again from what had come by the cut: a gap in its line.
    cut = past.tail(1)
    anew = cut.loc[cut.index.repeat(2)]
    met = anew["actual_cumulative"].where(anew.index.duplicated())
    anew = anew.assign(expected_cumulative=met)
    figure = charts.lines(
        pd.concat([past, anew, ahead], ignore_index=True),
        x="date",
        values=["actual_cumulative", "expected_cumulative"],
        names=[_title("actual", language), _title("expected", language)],
        x_title="",
        y_title=say("value.picture.cumulative_orders", language),
        points=False,
        tick=",",
    )
    known = (past if len(past) else ahead.head(1))["date"].max()
    return charts.mark(
        figure, x=known.isoformat(), text=say("value.picture.known", language)
    )


def by_frequency(value: Value, language: Language) -> go.Figure:
    """Of which customers the forecast was right: orders each, by how often they had ordered."""
    return charts.bars(
        value.by_frequency,
        category="frequency",
        values=["actual_each", "expected_each"],
        names=[_title("actual", language), _title("expected", language)],
        x_title=say("value.picture.frequency_before", language),
        y_title=say("value.picture.orders_each", language),
        text=".1f",
    ).update_xaxes(type="category")


def ahead(value: Value, language: Language) -> go.Figure:
    """When it will come: value (orders without amounts), month by month."""
    ends = value.curve["date"]
    begins = ends.shift(1).fillna(pd.Timestamp(value.until))
    middle = begins + (ends - begins) / 2
    title = _title(value.worth, language)
    return charts.bars(
        value.curve.assign(middle=middle.dt.strftime("%Y-%m-%d")),
        category="middle",
        values=[value.worth],
        names=[title],
        y_title=title,
        text=None,
    ).update_xaxes(
        tickformat={"en": "%b\n%Y", "zh": "%-m月\n%Y年"}[language],
        dtick="M1" if len(ends) <= 14 else None,
        ticklabelmode="period",
    )


def season(value: Value, language: Language) -> go.Figure:
    """Which months bring more: repeat orders against a usual month."""
    figure = charts.bars(
        value.season.assign(
            name=[
                month_of_year(int(month), language, wide=False)
                for month in value.season["month"]
            ]
        ),
        category="name",
        values=["multiplier"],
        names=[_title("multiplier", language)],
        y_title=_title("multiplier", language),
        text=".1f",
    )
    figure.update_traces(textposition="inside", textangle=0).update_xaxes(
        type="category"
    )
    return charts.mark(figure, y=1.0)


def pareto(tiers: Tiers, language: Language) -> go.Figure:
    """Who carries the business: share of value by share of customers, the best first."""
    figure = charts.lines(
        tiers.curve.assign(equal=tiers.curve["customers_share"]),
        x="customers_share",
        values=["value_share", "equal"],
        names=[
            _title(tiers.measure, language),
            say("value.picture.equal", language),
        ],
        x_title=say("value.picture.customers_share", language),
        y_title=say("value.picture.value_share", language),
        points=False,
        tick=".0%",
    )
    best = tiers.tiers.head(2)
    ends = best["customers_share"].cumsum()
    for tier, customers, end in zip(
        best["tier"], best["customers"], ends, strict=True
    ):
        if (
            customers
        ):  # the text stands before its line, but where there is the axis
            charts.mark(figure, x=float(end), text=tier, after=bool(end < 0.05))
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.02]).update_yaxes(
        range=[0, 1.03]
    )


def rfm_heat(scored: pd.DataFrame, language: Language) -> go.Figure:
    """How recent and how frequent customers are: how many there are of each pair of scores."""
    # All steps: where equal customers share a score, nobody may have the one beside it.
    steps = range(1, max(_FIFTHS, *scored["r"], *scored["f"]) + 1)
    counts = pd.crosstab(scored["r"], scored["f"])
    return (
        charts.heat(
            counts.reindex(index=reversed(steps), columns=steps, fill_value=0),
            x_title=say("value.picture.frequency_score", language),
            y_title=say("value.picture.recency_score", language),
            tick=",",
        )
        .update_xaxes(type="category")
        .update_yaxes(type="category")
    )


def dimension_name(name: str, language: Language) -> str:
    """What a dimension of the score is called."""
    return say(f"value.dimension.{name}", language)


def weights(scores: Scores, language: Language) -> go.Figure:
    """What counts how much, beside what would tell customers apart best."""
    return charts.bars(
        scores.weights.assign(
            name=[
                dimension_name(name, language)
                for name in scores.weights["dimension"]
            ]
        ),
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
    for key in (f"value.attribute.{name}", f"roles.{name}"):
        if has(key):
            return say(key, language)
    return name


def drivers(effects: pd.DataFrame, language: Language) -> go.Figure:
    """Which attributes matter: how much worse the best model gets without each."""
    title = say("value.picture.weight_of_attribute", language)
    return charts.bars(
        effects.assign(
            name=[attribute_name(name, language) for name in effects["attribute"]]
        ),
        category="name",
        values=["weight"],
        names=[title],
        horizontal=True,
    ).update_xaxes(title_text=title)


def rule_text(rule: Rule, language: Language) -> str:
    """The conditions of a rule as words."""
    texts = []
    for condition in rule.conditions:
        feature = attribute_name(condition.feature, language)
        texts.append(
            say(
                f"explain.{condition.op}",
                language,
                feature=feature,
                value=condition.value,
            )
        )
    return say("explain.and", language).join(texts)


def cohort_name(start: pd.Timestamp, every: str, language: Language) -> str:
    """What a cohort is called: its month, quarter or week."""
    return say(
        f"value.cohort.name_{every}",
        language,
        date=start.date().isoformat(),
        quarter=start.quarter,
        year=str(start.year),
    )


def cohort_names(cohorts: Cohorts, language: Language) -> pd.Series:
    """What each cohort is called, by its first day; a dagger where no average counts it."""
    table = cohorts.cohorts.set_index("cohort")
    names = [cohort_name(start, cohorts.every, language) for start in table.index]
    daggers = table["begun_before"].map({True: " †", False: ""})
    return pd.Series(names, table.index, dtype=object) + daggers


def cohort_heat(
    cohorts: Cohorts,
    measure: CohortMeasure,
    language: Language,
    *,
    periods: int,
    rows: int,
) -> go.Figure:
    """How cohorts age: one row each, the newest last.

    A cell whose period has not ended has a star, a cohort that no average counts a dagger.
    """
    table = cohorts.heat_map(measure).loc[:, :periods]
    if measure == "retention":
        table = table.drop(columns=0)
    table = table.dropna(how="all").tail(rows)
    unfinished = cohorts.unfinished().reindex_like(table)
    style = "percent" if measure == "retention" else "short"
    texts = table.map(lambda number: write_number(float(number), style, language))
    stars = unfinished.eq(True).map({True: "*", False: ""}.get)
    texts = texts.where(table.notna(), "") + stars
    names = cohort_names(cohorts, language).loc[table.index].to_list()
    figure = charts.heat(
        table.set_axis(names, axis=0),
        texts=texts,
        x_title=say(f"value.picture.periods_{cohorts.every}", language),
        y_title=_title("cohort", language),
    )
    # Without a size of its own the text shrinks with the cells until it could not be read.
    figure.update_traces(textfont_size=None)
    return figure.update_xaxes(type="category", side="top").update_yaxes(
        type="category"
    )


def average_retention(cohorts: Cohorts, language: Language) -> go.Figure:
    """How many come again: share of customers ordering, by age."""
    frame = cohorts.average[cohorts.average["period"] > 0]
    return _by_age(
        cohorts,
        frame,
        "retention",
        _title("retention", language),
        language,
        tick=".0%",
    )


def payback(cohorts: Cohorts, language: Language) -> go.Figure:
    """When a new customer has earned their cost: cumulative margin per customer, by age."""
    title = as_title("value.picture.margin_each", language)
    figure = _by_age(cohorts, cohorts.average, "margin_each", title, language)
    cost = cohorts.acquisition_cost
    if cost > 0:
        charts.mark(
            figure,
            y=cost,
            text=say("value.knob.acquisition_cost.label", language),
        )
    return figure


def _by_age(
    cohorts: Cohorts,
    frame: pd.DataFrame,
    column: str,
    title: str,
    language: Language,
    tick: str | None = None,
) -> go.Figure:
    """A line over ages, which are whole periods; what is counted begins at none."""
    figure = charts.lines(
        frame,
        x="period",
        values=[column],
        names=[title],
        x_title=say(f"value.picture.periods_{cohorts.every}", language),
        y_title=title,
        tick=tick,
    )
    dtick = 1 if len(frame) <= 12 else None
    return figure.update_xaxes(dtick=dtick).update_yaxes(rangemode="tozero")


def survival(cohorts: Cohorts, language: Language) -> go.Figure:
    """How long customers stay: share not yet lost, by days since the first order."""
    title = say("value.picture.not_lost", language)
    return (
        charts.lines(
            cohorts.survival,
            x="day",
            values=["share"],
            names=[title],
            x_title=say("value.picture.days_since_first", language),
            y_title=title,
            points=False,
            tick=".0%",
        )
        .update_traces(line_shape="hv")
        .update_yaxes(range=[0, 1.03])
    )


def flow(
    movement: ValueMovement, language: Language, palette: Sequence[str] = ()
) -> go.Figure:
    """Who went from which tier to which."""
    names = {
        name: say("value.picture.tier", language, tier=name)
        for name in ("A", "B", "C")
    } | {"none": say("value.tier.none", language)}
    rank = {name: position for position, name in enumerate(names)}
    moves = movement.flows.sort_values(
        ["tier_before", "tier_now"], key=lambda tiers: tiers.map(rank)
    )
    frame = moves.assign(
        before=moves["tier_before"].map(names), now=moves["tier_now"].map(names)
    )
    before_title, after_title = (
        say("value.picture.window", language, start=start, end=end)
        for start, end in (movement.before, movement.now)
    )
    figure = charts.flow(
        frame,
        before="before",
        after="now",
        value="customers",
        before_title=before_title,
        after_title=after_title,
        palette=palette,
    )
    # Best tier on top on either side: left to itself, Plotly orders them so that lines cross least.
    x, y = [], []
    for side, column in ((0.001, "before"), (0.999, "now")):
        order = frame[column].drop_duplicates()
        sizes = frame.groupby(column)["customers"].sum().loc[order].to_numpy(float)
        middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
        x += [side] * len(sizes)
        y += np.clip(middles, 0.001, 0.999).tolist()
    return figure.update_traces(node={"x": x, "y": y}, arrangement="snap")


def contract_curve(contracts: Contracts, language: Language) -> go.Figure:
    """How many renew at each renewal: observed, where enough were at risk, beside the model."""
    return charts.lines(
        contracts.observed_curve,
        x="period",
        values=["observed", "retention"],
        names=[
            _title("observed", language),
            say("value.picture.by_the_model", language),
        ],
        x_title=say("value.picture.renewal", language),
        y_title=_title("retention", language),
        points=False,
        tick=".0%",
    )
