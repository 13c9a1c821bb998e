"""How long customers stay: by group, when they churn, how long those of today still stay."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    Survival,
    SurvivalOptions,
    find_target,
    is_number,
    survival,
    tenure_column,
)
from crm_analysis.presentation.pictures import (
    churn as pictures,
    retention as retention_pictures,
)
from crm_analysis.presentation.ui import (
    answer,
    chart,
    controls,
    downloads,
    language,
    notes,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import titled, titled_chart

_MOST_GROUPS = 40
_TENURE = re.compile(r"tenure|入会|月数|时长|年限", re.IGNORECASE)
_TELLING = re.compile(
    r"contract|plan|subscription|segment|合约|合同|套餐|等级", re.IGNORECASE
)


def draw(prediction: Prediction) -> None:
    """The curve in a sentence, the curve itself, the hazard and what remains."""
    people, churn = prediction.examples.value, prediction.churn.value
    columns = [
        str(name)
        for name in people.columns
        if name not in ("customer", "churned", churn.target)
        and people[name].nunique() > 1
    ]
    numbers = [name for name in columns if is_number(people[name])]
    others = [
        name
        for name in columns
        if name in numbers or people[name].nunique() <= _MOST_GROUPS
    ]
    names = {
        name: pictures.feature_name(name, language(), from_orders=False)
        for name in columns
    }
    likely = next(
        (name for name in others if _TELLING.search(name) and name not in numbers),
        None,
    )
    options = controls(
        "churn",
        SurvivalOptions,
        key=widget_key("churn", "draw"),
        only=("tenure", "by", "groups"),
        choices={"tenure": numbers, "by": others},
        names={"tenure": names.__getitem__, "by": names.__getitem__},
        start=SurvivalOptions(
            tenure=tenure_column(people)
            or next((name for name in numbers if _TENURE.search(name)), None),
            by=likely,
        ),
        places=dict(
            zip(("tenure", "by"), st.columns(2, gap="medium"), strict=True)
        ),
    )
    asked = run(
        _survival,
        prediction.examples,
        options,
        churn.target,
        churn.options.positive,
    )
    result = asked.value
    with starred(asked):
        _headline(result)
    notes(result.notes)
    title = say(
        "churn.survival.tenure",
        name=pictures.feature_name(result.tenure, language(), from_orders=False),
    )
    chart(
        retention_pictures.steps_of(result.curves, title, language()),
        key=widget_key("churn", "survival"),
        alt=plain("churn.survival.curve"),
        height=420,
    )
    left, right = st.columns(2, gap="large")
    with left:
        figure = retention_pictures.hazard(result.hazard, title, language())
        titled_chart("churn.survival.hazard", figure, "hazard")
    with right:
        figure = retention_pictures.remaining(result.remaining, title, language())
        titled_chart("churn.survival.remaining", figure, "remaining")
    show_table(
        "churn",
        result.groups.assign(
            group=[
                plain("churn.picture.all") if name == "all" else name
                for name in result.groups["group"]
            ]
        ),
        key=widget_key("churn", "groups"),
        styles={"mean": "number1"},
    )
    downloads(
        "survival",
        titled(result.curves),
        key=widget_key("churn", "survival_file"),
    )
    st.caption(say("churn.survival.help"))


def _survival(
    people: pd.DataFrame,
    options: SurvivalOptions,
    target: str,
    positive: str | None,
) -> Survival:
    churned = find_target(people, target, positive).churned
    return survival(people.drop(columns=[target]).assign(churned=churned), options)


def _headline(result: Survival) -> None:
    """How long half of the customers stay; between which groups that differs most."""
    summary, groups = result.summary(), result.groups
    title = pictures.feature_name(result.tenure, language(), from_orders=False)
    if len(groups) == 1:
        if summary["median"] is None:
            answer(
                "churn.survival.beyond",
                survival=summary["survival"],
                horizon=summary["horizon"],
                tenure=title,
            )
        else:
            answer("churn.survival.median", median=summary["median"], tenure=title)
    else:
        best, worst = (
            groups.loc[groups["mean"].idxmax()],
            groups.loc[groups["mean"].idxmin()],
        )
        p = (result.test or {}).get("p", 1.0)
        answer(
            "churn.survival.differs" if p < 0.05 else "churn.survival.alike",
            best=str(best["group"]),
            worst=str(worst["group"]),
            longer=float(best["mean"]),
            shorter=float(worst["mean"]),
            tenure=title,
            horizon=result.horizon,
        )
        written = "< 0.001" if p < 0.001 else f"= {p:.3f}"
        st.caption(say("churn.survival.test", p=written))
