"""What is predicted, by which model, over which window; what customers are worth; the offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    MODELS,
    Churn,
    ChurnOptions,
    MoneyOptions,
    WindowOptions,
    Windows,
    churn_examples,
    customers_at_risk,
    find_target,
    is_number,
    people_at_risk,
    plan_in_hindsight,
    plan_windows,
    predict_churn,
    still_customers,
    worth_column,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui import (
    Answer,
    choice_text,
    choose_kind,
    controls,
    language,
    loaded,
    plain,
    run,
    say,
    settings,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.churn.learning import learning, remember_settings
from crm_analysis.presentation.ui.kinds import column_of
from crm_analysis.presentation.ui.remembered import last_chosen, remembered

# Those that take much less time than all ten.
QUICK = ("logistic", "tree", "hist_gradient_boosting", "xgboost", "forest")
_UNCLEAR = (
    "churn.no_target",
    "churn.which_value",
    "churn.not_a_target",
    "churn.no_such_value",
    "churn.unknown_target",
)
_MAXIMUM_VALUES = 12
_HISTORY = ("cutoffs", "min_orders", "active_days", "lookback_days")
_MODEL = ("leave_out", "calibration", "class_weight", "folds", "keep_leaks")
# Fields to type into: money has no scale that a slider could span.
_MONEY = {"value": 1e9, "contact_cost": 1e6, "incentive": 1e6}


@dataclass(frozen=True, eq=False)
class Prediction:
    """The settings and what is predicted by them.

    - `kind`: of the table.
    - `examples`: the customers or examples learnt from.
    - `options`, `windows`: the settings; `planned`: what the windows come to on the record.
    - `churn`: who churns.
    - `people`: a row a customer with all that is known of them.
    - `worth`: the column of what a customer is worth. None: the same for everybody.
    """

    kind: str
    examples: Answer[pd.DataFrame]
    options: ChurnOptions
    windows: WindowOptions | None
    planned: Answer[Windows] | None
    churn: Answer[Churn]
    people: Answer[pd.DataFrame]
    worth: str | None

    @property
    def from_orders(self) -> bool:
        """Whether what the model reads was computed from orders, not given as columns."""
        return self.kind == "transactions"

    @property
    def at_risk(self) -> pd.DataFrame:
        """Who is still a customer and has at least the risk that counts as churning."""
        return customers_at_risk(self.people.value, self.churn.value.threshold)


def source() -> str:
    """The kind of table to predict from, chosen where there are both.

    Customers with a column that says who churned, or orders.
    """
    return choose_kind(
        "churn",
        "churn.page.source",
        "churn.source.{}",
        default="customers" if loaded("customers", "churned") else "transactions",
    )


def predict(kind: str) -> Prediction:
    """The settings as widgets, and the answer to them."""
    lines = table(kind)
    from_orders = kind == "transactions"
    target = {} if from_orders else _target(lines.value)
    with settings():
        places = st.columns(3 if from_orders else 2, gap="medium")
        left, right = st.columns(2, gap="medium")
        more = left.expander(say("frame.more_settings"))
        model = remembered(
            places[0].selectbox,
            say("churn.knob.model.label"),
            ["quick", "auto", *MODELS],
            format_func=choice_text("churn.knob.model.{}"),
            key=widget_key("churn", "model"),
            help=say("churn.knob.model.help"),
        )
        with right:
            learned = learning(model)
    window_days, windows, planned, examples = (None, None, None, lines)
    if from_orders:
        with places[-1]:
            window_days = _window(run(plan_windows, lines, WindowOptions()).value)
    with more:
        if from_orders:
            history = controls(
                "churn",
                WindowOptions,
                key=widget_key("churn", "history"),
                only=_HISTORY,
                places=_places(_HISTORY),
            )
            windows = history.replace(window_days=window_days)
            examples = run(churn_examples, lines, windows, current=True)
            planned = run(plan_windows, lines, windows)
        columns = [
            str(name)
            for name in examples.value.columns
            if name
            not in (
                "customer",
                "cutoff",
                "window_end",
                "churned",
                target.get("target"),
            )
        ]
        names = {
            name: feature_name(name, language(), from_orders) for name in columns
        }
        options = controls(
            "churn",
            ChurnOptions,
            key=widget_key("churn", "learning"),
            only=_MODEL,
            choices={"leave_out": columns},
            names={"leave_out": names.__getitem__},
            places=_places(_MODEL),
        )
    chosen: dict[str, Any] = {"model": model, **learned}
    if model == "quick":
        chosen |= {"model": "auto", "candidates": QUICK, "repeats": 1}
    kept = tuple(
        name
        for name in columns
        if last_chosen(widget_key("churn", "keep", name)) is True
    )
    options = options.replace(keep=kept, **target, **chosen)
    churn = run(predict_churn, examples, options)
    remember_settings(churn.value)
    has_contacts = from_orders and loaded("customers")
    contacts = [table("customers")] if has_contacts else []
    people = run(people_at_risk, churn, *contacts)
    with places[1]:
        worth = _worth(
            people.value,
            [str(name) for name in examples.value.columns],
            from_orders,
        )
    return Prediction(
        kind, examples, options, windows, planned, churn, people, worth
    )


def _places(names: Sequence[str]) -> dict[str, Any]:
    grid = st.grid(min_column_width=220)
    return {name: grid.container() for name in names}


def _window(planned: Windows) -> int | None:
    """The silence that counts as having churned; None: as proposed."""
    gaps = planned.interpurchase_time
    proposed = gaps.window_days
    has_gap = gaps.gap_80 is not None
    chosen = remembered(
        st.slider,
        say("churn.knob.window_days.label"),
        7,
        max(8, proposed, (gaps.span_days - 1) // 2),
        proposed,
        key=widget_key("churn", "window"),
        help=say(
            "churn.page.window_help"
            if has_gap
            else "churn.page.window_help_no_gap",
            gap=gaps.gap_80,
            days=proposed,
        ),
    )
    return None if chosen == proposed else chosen


def _target(people: pd.DataFrame) -> dict[str, Any]:
    """Which column says who churned, by which value: asked only where the table does not say it."""
    columns = [
        str(name)
        for name in people.columns
        if name != "customer" and 2 <= people[name].nunique() <= _MAXIMUM_VALUES
    ]
    target = last_chosen(widget_key("churn", "target"))
    target = target if target in columns else None
    problem = None
    try:
        find_target(people, target)
    except AnalysisError as unclear:
        if unclear.key not in _UNCLEAR or not columns:
            raise
        problem = unclear
    if problem is None and target is None:
        return {}
    outcome = column_of("customers", "outcome")
    if outcome in columns:
        st.caption(say("churn.page.outcome", column=outcome))
    left, right = st.columns(2, gap="medium")
    target = remembered(
        left.selectbox,
        say("churn.knob.target.label"),
        columns,
        index=None,
        key=widget_key("churn", "target"),
        placeholder=plain("churn.page.choose"),
    )
    positive = None
    if target is not None:
        positive = remembered(
            right.selectbox,
            say("churn.knob.positive.label"),
            [
                f"{value:g}" if isinstance(value, float) else str(value)
                for value in people[target].dropna().value_counts().index
            ],
            index=None,
            key=widget_key("churn", "positive", target),
            placeholder=plain("frame.chosen_for_you"),
            help=say("churn.knob.positive.help"),
        )
    if target is None and problem is not None:
        raise problem
    return {"target": target, "positive": positive}


def _worth(
    people: pd.DataFrame, columns: Sequence[str], from_orders: bool
) -> str | None:
    numbers = [
        str(name)
        for name in people.columns
        if name in columns
        and name not in ("risk", "churned", "actionable", "cutoff")
        and is_number(people[name])
        and people[name].nunique() > 2
    ]
    titles: dict[str | None, str] = {None: plain("churn.page.same_for_all")}
    titles |= {
        name: feature_name(name, language(), from_orders) for name in numbers
    }
    return remembered(
        st.selectbox,
        say("churn.knob.value_column.label"),
        list(titles),
        index=list(titles).index(worth_column(numbers)),
        format_func=titles.__getitem__,
        key=widget_key(
            "churn",
            "worth",
            "orders" if "monetary" in people.columns else "table",
        ),
        help=say("churn.knob.value_column.help"),
    )


def actionable(prediction: Prediction) -> Answer[pd.DataFrame]:
    """Those who are still customers, without what is known of others' outcome."""
    return run(still_customers, prediction.people)


def tried_before(
    prediction: Prediction, options: MoneyOptions
) -> dict[str, float | None]:
    """The same offer to customers whose outcome is known: a plan's headline numbers."""
    return run(plan_in_hindsight, prediction.churn, options).value.summary()


def doubtful(tried: Mapping[str, float | None]) -> dict[str, Any] | None:
    """What to say where known outcomes do not bear a plan out; None where they do.

    It may have lost money, or earned less than half of what was expected.
    """
    realised, expected, low, high = (
        tried[name] for name in ("realised", "profit", "profit_lo", "profit_hi")
    )
    if (
        not tried["contacted"]
        or realised is None
        or expected is None
        or low is None
        or (low > 0 and realised >= expected / 2)
    ):
        return None
    return {
        "known": tried["customers"],
        "realised": realised,
        "realised_lo": low,
        "realised_hi": high,
        "expected": expected,
    }


def offer(prediction: Prediction) -> MoneyOptions:
    """The settings of the offer as widgets."""
    amounts = tuple(
        name for name in _MONEY if name != "value" or prediction.worth is None
    )
    columns = [
        *st.columns(len(amounts) + 2, gap="medium", vertical_alignment="bottom")
    ]
    defaults = MoneyOptions()
    chosen = {}
    for name, column in zip(amounts, columns, strict=False):
        chosen[name] = remembered(
            column.number_input,
            say(f"churn.knob.{name}.label"),
            0.0,
            _MONEY[name],
            float(getattr(defaults, name)),
            1.0,
            key=widget_key("churn", "offer", name),
            help=say(f"churn.knob.{name}.help"),
        )
    options = controls(
        "churn",
        MoneyOptions,
        key=widget_key("churn", "offer"),
        only=("success", "margin", "take_up", "coverage"),
        places={"success": columns[-2]},
    )
    limit = remembered(
        columns[-1].selectbox,
        say("churn.knob.limit.label"),
        ("none", "count", "budget"),
        format_func=choice_text("churn.knob.limit.{}"),
        key=widget_key("churn", "limit"),
        help=say("churn.knob.limit.help"),
    )
    options = options.replace(value_column=prediction.worth, **chosen)
    if limit == "none":
        return options
    customers = len(actionable(prediction).value)
    if limit == "count":
        return options.replace(
            count=remembered(
                st.slider,
                say("churn.knob.count.label"),
                1,
                max(2, customers),
                max(1, min(100, customers)),
                key=widget_key("churn", "count"),
            )
        )
    return options.replace(
        budget=remembered(
            st.number_input,
            say("churn.knob.budget.label"),
            0.0,
            1e12,
            1000.0,
            100.0,
            key=widget_key("churn", "budget"),
        )
    )
