"""What is asked: from which table, by which model, over which window, and what a customer is worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    find_target,
    plan_windows,
    predict_churn,
)
from crm_analysis.analyses.churn.retention.contact_list import with_contacts
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.blocks import choose_kind
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import choice_text, language, plain, say

__all__ = ["Asked", "ask", "is_number", "source"]

QUICK = (
    "logistic",
    "tree",
    "hist_gradient_boosting",
    "xgboost",
    "forest",
)  # some seconds; all ten take a minute
_UNCLEAR = (
    "churn.no_target",
    "churn.which_value",
    "churn.not_a_target",
    "churn.no_such_value",
    "churn.unknown_target",
)
_WORTH = re.compile(
    r"spend|spent|monetary|revenue|amount|value|charge|bill|turnover|sales|balance|premium|fee|消费|金额|收入|价值|费|账单|余额",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"month|recurring|subscription|premium|balance|(?<![a-z])mrr|(?<![a-z])arr(?![a-z])|月|保费|余额|订阅",
    re.IGNORECASE,
)
_PAST = re.compile(r"total|lifetime|cumul|to_?date|累计|总", re.IGNORECASE)
_WHOLE = re.compile(r"total|lifetime|annual|monetary|累计|总|年", re.IGNORECASE)
_MOST_VALUES = 12
_HISTORY = ("cutoffs", "min_orders", "active_days", "lookback_days")
_MODEL = ("leave_out", "calibration", "class_weight", "folds", "keep_leaks")


@dataclass(frozen=True, eq=False)
class Asked:
    """A question and its answer: the `kind` of table, the customers or `examples` learnt from, the settings, what the windows come to (`planned`), what was `found`, a row a customer with all that is
    known of them (`people`), and the column of what a customer is worth (None: the same for everybody).
    """

    kind: str
    examples: Answer[pd.DataFrame]
    options: ChurnOptions
    windows: WindowOptions | None
    planned: Answer[Windows] | None
    found: Answer[Churn]
    people: Answer[pd.DataFrame]
    worth: str | None

    @property
    def from_orders(self) -> bool:
        """Whether what the model reads was computed from orders, and is no column of the reader's own: `feature_name` asks."""
        return self.kind == "transactions"


def source() -> str:
    """The kind of table that is asked: customers with a column that says who left, or orders; chosen where there are both."""
    return choose_kind(
        "churn",
        "churn.page.source",
        "churn.source.{}",
        default="customers" if loaded("customers", "churned") else "transactions",
    )


def ask(kind: str) -> Asked:
    """The settings as widgets, and the answer to them."""
    lines = table(kind)
    left, middle, right = (
        st.columns(3, gap="medium")
        if kind == "transactions"
        else (*st.columns(2, gap="medium"), None)
    )
    with left:
        model = st.selectbox(
            say("churn.knob.model.label"),
            ["quick", "auto", *MODELS],
            format_func=choice_text("churn.knob.model.{}"),
            key="churn-model",
            help=say("churn.knob.model.help"),
            persist_state="session",
        )
    windows, planned, examples, target = None, None, lines, {}
    if kind == "transactions":
        with right or st.container():
            windows = WindowOptions(
                window_days=_window(run(plan_windows, lines, WindowOptions()).value)
            )
    else:
        target = _target(lines.value)
    with st.expander(say("frame.more_settings")):
        if windows is not None:
            told = controls(
                "churn", WindowOptions, key="churn-history", only=_HISTORY, places=_places(_HISTORY)
            )
            windows = replace(told, window_days=windows.window_days)
            examples = run(churn_examples, lines, windows, current=True)
            planned = run(plan_windows, lines, windows)
        columns = [
            str(name)
            for name in examples.value.columns
            if name not in ("customer", "cutoff", "window_end", "churned", target.get("target"))
        ]
        names = {name: feature_name(name, language(), kind == "transactions") for name in columns}
        options = controls(
            "churn",
            ChurnOptions,
            key="churn-learning",
            only=_MODEL,
            choices={"leave_out": columns},
            names={"leave_out": names.__getitem__},
            places=_places(_MODEL),
        )
    chosen: dict[str, Any] = (
        {"model": "auto", "candidates": QUICK, "repeats": 1}
        if model == "quick"
        else {"model": model}
    )
    kept = tuple(name for name in columns if st.session_state.get(f"churn-keep-{name}"))
    options = options.replace(keep=kept, **target, **chosen)
    found = run(predict_churn, examples, options)
    people = run(_people, found, *_contacts(kind))
    with middle:
        worth = _worth(
            people.value, [str(name) for name in examples.value.columns], kind == "transactions"
        )
    return Asked(kind, examples, options, windows, planned, found, people, worth)


def _places(names: Sequence[str]) -> dict[str, Any]:
    grid = st.grid(min_column_width=220)
    return {name: grid.container() for name in names}


def _window(planned: Windows) -> int | None:
    """The silence that counts as having left: proposed from the customers' time between purchases, and settable. None: as proposed."""
    gaps = planned.interpurchase_time
    proposed = gaps.window_days
    details = {"gap": gaps.gap_80, "days": proposed}
    chosen = st.slider(
        say("churn.knob.window_days.label"),
        7,
        max(8, proposed, (gaps.span_days - 1) // 2),
        proposed,
        key="churn-window",
        help=say(
            "churn.page.window_help"
            if gaps.gap_80 is not None
            else "churn.page.window_help_no_gap",
            **details,
        ),
        persist_state="session",
    )
    return None if chosen == proposed else chosen


def _target(people: pd.DataFrame) -> dict[str, Any]:
    """Which column says who left and which of its values means so: asked only where the table does not say it plainly."""
    columns = [
        str(name)
        for name in people.columns
        if name != "customer" and 2 <= people[name].nunique() <= _MOST_VALUES
    ]
    target = st.session_state.get("churn-target")
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
            key="churn-target",
            placeholder=plain("churn.page.choose"),
            persist_state="session",
        )
    positive = None
    if target is not None:
        values = [_written(value) for value in people[target].dropna().value_counts().index]
        with right:
            positive = st.selectbox(
                say("churn.knob.positive.label"),
                values,
                index=None,
                key=f"churn-positive-{target}",
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
    return (table("customers"),) if kind == "transactions" and loaded("customers") else ()


def _people(found: Churn, contacts: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a customer, with the risk: who can still be kept, and all that is known of them."""
    keys = ["customer", "cutoff"] if "cutoff" in found.customers.columns else ["customer"]
    known = found.table.drop(
        columns=["churned", "risk", "actionable", "window_end"], errors="ignore"
    ).drop_duplicates(keys, keep="last")
    people = found.customers.merge(known, on=keys, how="left", validate="many_to_one").drop(
        columns=["cutoff"], errors="ignore"
    )
    return people if contacts is None else with_contacts(people, contacts)


def _worth(people: pd.DataFrame, columns: Sequence[str], from_orders: bool) -> str | None:
    """The column of what a customer is worth; None: the same for everybody."""
    numbers = [
        str(name)
        for name in people.columns
        if name in columns
        and name not in ("risk", "churned", "actionable", "cutoff")
        and is_number(people[name])
        and people[name].nunique() > 2
    ]
    guess = _likeliest_worth(numbers)
    offered = [None, *numbers]
    titles: dict[str | None, str] = {
        None: plain("churn.page.same_for_all"),
        **{name: feature_name(name, language(), from_orders) for name in numbers},
    }
    return st.selectbox(
        say("churn.knob.value_column.label"),
        offered,
        index=offered.index(guess),
        format_func=titles.__getitem__,
        key=f"churn-worth-{'orders' if 'monetary' in people.columns else 'table'}",
        help=say("churn.knob.value_column.help"),
        persist_state="session",
    )


def _likeliest_worth(numbers: Sequence[str]) -> str | None:
    """Of the columns of numbers the one that says what is lost with a customer, by its name: what they bring now (a month's charge, a premium, a balance) before
    what they brought so far, which is next to nothing for the new ones, however much they will bring.
    """
    money = [name for name in numbers if _WORTH.search(name)]
    now = [name for name in money if _RATE.search(name) and not _PAST.search(name)]
    return next(iter([*now, *(name for name in money if _WHOLE.search(name)), *money]), None)


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers: yes and no are none, though pandas counts them among them."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
