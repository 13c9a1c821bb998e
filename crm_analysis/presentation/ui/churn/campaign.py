"""Whom it pays to keep: what contacting earns, how far down the list, who is named rightly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from crm_analysis.analyses.churn import (
    CampaignPlan,
    Churn,
    MoneyOptions,
    best_threshold,
    plan_campaign,
    profit_by_success,
)
from crm_analysis.presentation.pictures import retention as retention_pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    figures,
    language,
    notes,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.churn.settings import (
    Prediction,
    actionable,
    doubtful,
    offer,
    tried_before,
)
from crm_analysis.presentation.ui.churn.words import (
    legible,
    titled,
    titled_chart,
)
from crm_analysis.presentation.ui.remembered import remembered


def draw(prediction: Prediction) -> None:
    """The plan in a sentence, its curve, what it hangs on, whether it would have paid."""
    options = offer(prediction)
    planned = run(plan_campaign, actionable(prediction), options)
    plan = planned.value
    summary = plan.summary()
    details = {
        name: summary[name]
        for name in (
            "contacted",
            "customers",
            "profit",
            "profit_lo",
            "profit_hi",
            "threshold",
            "return",
        )
    }
    hindsight = tried_before(prediction, options)
    doubt = doubtful(hindsight)
    with starred(planned):
        _say(prediction, options, details, doubt)
    if summary["contacted"] and not doubt:
        _say_tried(hindsight, options)
    notes(plan.notes)
    figures(
        [
            {"label": "churn.figure.contacted", "value": summary["contacted"]},
            {
                "label": "churn.figure.profit",
                "value": summary["profit"],
                "help": "churn.figure_help.profit",
            },
            {
                "label": "churn.figure.cost",
                "value": summary["cost"],
                "help": "churn.figure_help.cost",
            },
            {
                "label": "churn.figure.kept",
                "value": summary["retained"],
                "style": "number1",
                "help": "churn.figure_help.kept",
            },
            {
                "label": "churn.figure.profit_of_all",
                "value": summary["profit_of_all"],
                "help": "churn.figure_help.profit_of_all",
            },
            {
                "label": "churn.figure.break_even_success",
                "value": summary["break_even_success"],
                "style": "percent1",
                "help": "churn.figure_help.break_even_success",
            },
        ]
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = retention_pictures.profit(plan, language())
        titled_chart("churn.campaign.curve", figure, "profit", 400)
    with right:
        figure = retention_pictures.profit_by_success(
            profit_by_success(plan), language()
        )
        figure.update_xaxes(dtick=0.2).update_layout(margin_r=28)
        titled_chart("churn.campaign.by_success", figure, "success", 400)
    _draw_confusion(prediction.churn.value, planned)
    _draw_list(plan)


def _say(
    prediction: Prediction,
    options: MoneyOptions,
    details: dict[str, Any],
    doubt: dict[str, Any] | None,
) -> None:
    """Whom it pays to contact; that it may not, where known outcomes say so."""
    if not details["contacted"]:
        answer("churn.campaign.nobody")
        return
    key = "churn.campaign.sentence"
    if doubt:
        key = "churn.campaign.doubtful"
    elif prediction.worth:
        key = "churn.campaign.sentence_each"
    answer(key, **details, **(doubt or {}), coverage=options.coverage)


def _say_tried(
    hindsight: Mapping[str, float | None], options: MoneyOptions
) -> None:
    """What the same offer would have brought of customers whose outcome is known."""
    if not hindsight["contacted"] or hindsight["realised"] is None:
        return
    names = ("customers", "contacted", "realised", "profit", "profit_lo")
    earned = {name: hindsight[name] for name in (*names, "profit_hi")}
    st.markdown(say("churn.campaign.tried", **earned, coverage=options.coverage))


def _draw_confusion(churn: Churn, plan: Answer[CampaignPlan]) -> None:
    best = run(best_threshold, plan).value
    st.markdown(f"##### {say('churn.campaign.confusion')}")
    left, right = st.columns([2, 3], gap="large")
    with left:
        threshold = remembered(
            st.slider,
            say("churn.knob.threshold.label"),
            0.01,
            0.99,
            min(0.99, max(0.01, round(float(churn.threshold), 2))),
            0.01,
            key=widget_key("churn", "threshold"),
            format="percent",
        )
        confusion = churn.confusion(threshold)
        st.markdown(
            say(
                "churn.campaign.confusion_told",
                **{
                    name: confusion[name] or 0.0
                    for name in (
                        "named",
                        "caught",
                        "missed",
                        "precision",
                        "recall",
                    )
                },
            )
        )
        st.caption(
            say(
                "churn.campaign.accuracy",
                accuracy=confusion["accuracy"],
                base=confusion["base_accuracy"],
            )
        )
        if best.risk is not None:
            st.markdown(
                say(
                    "churn.campaign.best_threshold",
                    risk=best.risk,
                    low=best.low,
                    high=best.high,
                    contacted=best.contacted,
                    profit=best.profit,
                    coverage=plan.value.options.coverage,
                )
            )
    with right:
        chart(
            retention_pictures.confusion(confusion, language()),
            key=widget_key("churn", "confusion"),
            alt=plain("churn.campaign.confusion"),
            height=300,
        )


def _draw_list(plan: CampaignPlan) -> None:
    with st.expander(say("churn.campaign.each")):
        table = plan.customers.sort_values("rank", ignore_index=True)[
            [
                "rank",
                "customer",
                "risk",
                "value",
                "cost",
                "expected_profit",
                "break_even",
                "contact",
            ]
        ]
        show_table(
            "churn",
            legible(table),
            key=widget_key("churn", "plan"),
            styles={"risk": "percent", "break_even": "percent"},
            height=320,
        )
        downloads(
            "profit_by_customer",
            titled(table),
            key=widget_key("churn", "plan_file"),
        )
