"""The pieces of the value page: the settings, what today's customers are worth, and how the same would have done last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import (
    FittedValue,
    Ranges,
    Value,
    ValueOptions,
    code,
    estimate_value,
    fit_value,
    unnamed_sales,
    value_ranges,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import as_title
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, figures, guarded, how, rounded
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import Answer, in_python, run, table
from crm_analysis.presentation.ui.session import language, plain, say
from crm_analysis.wording import has

_GAP = 0.05  # between what had come by the cut and what was expected: from here it is seen
_YEAR = {"day": 365, "week": 52, "month": 12}
_FIT = (
    "unit",
    "model",
    "holdout",
    "spend",
    "until",
    "seed",
)  # what the fit depends on; the rest redraws without it


def source() -> str:
    """Orders where they say who bought when, else a table of customers, whose contracts may be valued."""
    if loaded("transactions", *(("customer", "date") if loaded("customers") else ())):
        return "transactions"
    if loaded("customers"):
        return "customers"
    raise AnalysisError("workspace.no_table", kind="transactions")


def choose(orders: Answer[pd.DataFrame]) -> ValueOptions:
    """How far to look and what money is worth, as widgets."""
    first, second, third, fourth = st.columns(4, gap="medium")
    money = ("margin", "discount") if "amount" in orders.value.columns else ()
    unit = controls("value", ValueOptions, only=("unit",), places={"unit": first}).unit
    with second:
        year = _YEAR[unit]
        horizon = st.slider(
            say(f"value.horizon_in.{unit}"),
            1,
            3 * year,
            year,
            key=f"value-horizon-{unit}",
            help=say("value.knob.horizon.help"),
            persist_state="session",
        )
    rest = controls(
        "value",
        ValueOptions,
        only=(*money, "model", "coverage", "seasonal", *(("spend",) if money else ()), "holdout"),
        high={"holdout": 2 * year},
        places=dict(zip(money or ("coverage", "model"), (third, fourth), strict=True)),
    )
    return replace(rest, unit=unit, horizon=horizon)


def result(orders: Answer[pd.DataFrame], options: ValueOptions) -> Answer[Value]:
    """The estimate; a moved slider fits nothing again."""
    fitted = run(fit_value, orders, ValueOptions(**{name: getattr(options, name) for name in _FIT}))
    ranges = run(_ranges, fitted, replace(options, margin=1.0, discount=0.1, seasonal=None))
    return run(_estimate, fitted, ranges, options)


def _ranges(fitted: FittedValue, options: ValueOptions, progress: Progress = no_progress) -> Ranges:
    return value_ranges(fitted, options, progress=progress)


def _estimate(fitted: FittedValue, ranges: Ranges, options: ValueOptions) -> Value:
    return estimate_value(None, options, fitted=fitted, ranges=ranges)


def headline(found: Value, options: ValueOptions) -> None:
    """What the customers of today will bring, in a sentence and in figures."""
    told = found.summary()
    if told["equity"] is None:
        answer(
            "value.equity.orders",
            orders=told["expected_orders"],
            horizon=found.horizon,
            unit=found.unit,
        )
    elif told["equity_lo"] is None:
        answer("value.equity.plain", equity=told["equity"], horizon=found.horizon, unit=found.unit)
    else:
        bounds = {name: told[name] for name in ("equity", "equity_lo", "equity_hi")}
        answer(
            "value.equity.sentence",
            **bounds,
            horizon=found.horizon,
            unit=found.unit,
            coverage=options.coverage,
        )
    items: list[dict[str, Any]] = [
        {
            "label": "value.figure.customers",
            "value": told["customers"],
            "help": "value.figure_help.customers",
        },
        {"label": "value.figure.alive", "value": told["alive"], "help": "value.figure_help.alive"},
        {
            "label": "value.figure.expected_orders",
            "value": told["expected_orders"],
            "help": "value.figure_help.expected_orders",
        },
    ]
    if told["equity"] is not None:
        each = (told["equity"] or 0.0) / max(told["customers"] or 0.0, 1.0)
        items.append(
            {"label": "value.figure.each", "value": each, "help": "value.figure_help.each"}
        )
    if told["holdout_error"] is not None:
        items.append(
            {
                "label": "value.figure.error",
                "value": told["holdout_error"],
                "style": "percent1",
                "help": "value.figure_help.error",
            }
        )
    figures(items)


def holdout(found: Value) -> None:
    """How the same estimate would have done last time: always shown, so that nobody reads the figures above without it."""
    answer(found.headline[0], **found.headline[1])
    if len(found.weekly):
        chart(
            pictures.holdout(found, language()),
            key="value_holdout",
            alt=plain(found.headline[0], **found.headline[1]),
            height=360,
        )
        _tell_tracking(found)


def _tell_tracking(found: Value) -> None:
    """Why the expected line begins anew at the cut."""
    past = found.weekly[found.weekly["part"] == "past"].tail(1)
    if past.empty or past["expected_cumulative"].isna().item():
        return
    actual, expected = (
        float(past["actual_cumulative"].item()),
        float(past["expected_cumulative"].item()),
    )
    gap = expected / actual - 1 if actual else 0.0
    told = {
        "expected": as_title("value.column.expected", language()),
        "gap": abs(gap),
        "off": "few" if gap < 0 else "many",
    }
    st.caption(
        say(
            "value.headline.tracking_off" if abs(gap) >= _GAP else "value.headline.tracking", **told
        )
    )


def left_out(orders: Answer[pd.DataFrame]) -> None:
    """The sales that no figure of customers can hold."""
    unnamed = run(unnamed_sales, orders).value
    if unnamed.lines and unnamed.money is not None:
        st.caption(
            say(
                "value.unnamed.money",
                lines=unnamed.lines,
                money=unnamed.money,
                share=unnamed.share or 0.0,
            )
        )
    elif unnamed.lines:
        st.caption(say("value.unnamed.lines", lines=unnamed.lines))


def guarded_tabs(draws: Mapping[str, Callable[[], None]]) -> dict[str, Callable[[], None]]:
    """Each of the tabs on its own feet; contracts only where there are customers to have them."""
    return {
        name: guarded(draw)
        for name, draw in draws.items()
        if name != "contracts" or loaded("customers", "churned")
    }


def titled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a file: its columns called as the reader calls them (now: the file is written outside the session)."""
    names = {
        name: next(
            (plain(key) for key in (f"value.column.{name}", f"roles.{name}") if has(key)), str(name)
        )
        for name in frame.columns
    }
    return frame.rename(columns=names)


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye: large money without its cents."""
    return rounded(frame, whole_from=1000)


def orders() -> Answer[pd.DataFrame]:
    """The order lines."""
    return table("transactions")


def computed(found: Value, options: ValueOptions) -> None:
    """How it was computed."""
    how(
        "value.how.method",
        code(replace(options, horizon=found.horizon), loading=in_python("transactions")),
        found.notes,
        model=found.model.name,
    )
