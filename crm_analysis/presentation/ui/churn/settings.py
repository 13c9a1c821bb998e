"""What is predicted: from which table, by which model, over which window; a customer's worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    MODELS,
    Churn,
    ChurnOptions,
    WindowOptions,
    Windows,
    churn_examples,
    customers_at_risk,
    find_target,
    is_number,
    people_at_risk,
    plan_windows,
    predict_churn,
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
    table,
    widget_key,
)

# Some seconds; all ten take a minute.
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
    places = st.columns(3 if from_orders else 2, gap="medium")
    with places[0]:
        model = st.selectbox(
            say("churn.knob.model.label"),
            ["quick", "auto", *MODELS],
            format_func=choice_text("churn.knob.model.{}"),
            key=widget_key("churn", "model"),
            help=say("churn.knob.model.help"),
            persist_state="session",
        )
    window_days, windows, planned, examples, target = (
        None,
        None,
        None,
        lines,
        {},
    )
    if from_orders:
        with places[-1]:
            window_days = _window(run(plan_windows, lines, WindowOptions()).value)
    else:
        target = _target(lines.value)
    with st.expander(say("frame.more_settings")):
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
        names = {name: feature_name(name, language(), from_orders) for name in columns}
        options = controls(
            "churn",
            ChurnOptions,
            key=widget_key("churn", "learning"),
            only=_MODEL,
            choices={"leave_out": columns},
            names={"leave_out": names.__getitem__},
            places=_places(_MODEL),
        )
    chosen: dict[str, Any] = {"model": model}
    if model == "quick":
        chosen = {"model": "auto", "candidates": QUICK, "repeats": 1}
    kept = tuple(
        name
        for name in columns
        if st.session_state.get(widget_key("churn", "keep", name))
    )
    options = options.replace(keep=kept, **target, **chosen)
    churn = run(predict_churn, examples, options)
    people = run(people_at_risk, churn, *_contacts(kind))
    with places[1]:
        worth = _worth(
            people.value,
            [str(name) for name in examples.value.columns],
            from_orders,
        )
    return Prediction(kind, examples, options, windows, planned, churn, people, worth)


def _places(names: Sequence[str]) -> dict[str, Any]:
    grid = st.grid(min_column_width=220)
    return {name: grid.container() for name in names}


def _window(planned: Windows) -> int | None:
    """The silence that counts as having churned; None: as proposed."""
    gaps = planned.interpurchase_time
    proposed = gaps.window_days
    has_gap = gaps.gap_80 is not None
    chosen = st.slider(
        say("churn.knob.window_days.label"),
        7,
        max(8, proposed, (gaps.span_days - 1) // 2),
        proposed,
        key=widget_key("churn", "window"),
        help=say(
            "churn.page.window_help" if has_gap else "churn.page.window_help_no_gap",
            gap=gaps.gap_80,
            days=proposed,
        ),
        persist_state="session",
    )
    return None if chosen == proposed else chosen


def _target(people: pd.DataFrame) -> dict[str, Any]:
    """Which column says who churned, by which value: asked only where the table does not say it."""
    columns = [
        str(name)
        for name in people.columns
        if name != "customer" and 2 <= people[name].nunique() <= _MAXIMUM_VALUES
    ]
    target = st.session_state.get(widget_key("churn", "target"))
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
    left, right = st.columns(2, gap="medium")
    with left:
        target = st.selectbox(
            say("churn.knob.target.label"),
            columns,
            index=None,
            key=widget_key("churn", "target"),
            placeholder=plain("churn.page.choose"),
            persist_state="session",
        )
    positive = None
    if target is not None:
        values = [
            _written(value) for value in people[target].dropna().value_counts().index
        ]
        with right:
            positive = st.selectbox(
                say("churn.knob.positive.label"),
                values,
                index=None,
                key=widget_key("churn", "positive", target),
                placeholder=plain("frame.chosen_for_you"),
                help=say("churn.knob.positive.help"),
                persist_state="session",
            )
    if target is None and problem is not None:
        raise problem
    return {"target": target, "positive": positive}


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _contacts(kind: str) -> tuple[Any, ...]:
    """The table of customers, for orders to take the contact columns from."""
    return (
        (table("customers"),) if kind == "transactions" and loaded("customers") else ()
    )


def _worth(
    people: pd.DataFrame, columns: Sequence[str], from_orders: bool
) -> str | None:
    """The column of what a customer is worth; None: the same for everybody."""
    numbers = [
        str(name)
        for name in people.columns
        if name in columns
        and name not in ("risk", "churned", "actionable", "cutoff")
        and is_number(people[name])
        and people[name].nunique() > 2
    ]
    titles: dict[str | None, str] = {None: plain("churn.page.same_for_all")}
    titles |= {name: feature_name(name, language(), from_orders) for name in numbers}
    return st.selectbox(
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
        persist_state="session",
    )
