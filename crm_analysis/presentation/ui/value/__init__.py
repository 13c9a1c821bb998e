"""The pieces of the value page: settings, what customers are worth, and how it did last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import (
    Scores,
    Value,
    ValueOptions,
    code,
    estimate_from_fit,
    fit_value,
    unnamed_sales,
    value_ranges,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import as_title, value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    blocks,
    chart,
    controls,
    figures,
    guarded,
    how,
    in_python,
    language,
    loaded,
    plain,
    rounded,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered

_GAP = 0.05  # between what had come by the cut and what was expected: from here it is seen
_YEAR = {"day": 365, "week": 52, "month": 12}
_FIRST = ("alive", "lost", "each")  # figures that a manager sees too
_FIGURE_STYLES = {"error": "percent1"}


def source() -> str:
    """Orders where they say who bought when, else a table of customers, for their contracts."""
    needed = ("customer", "date") if loaded("customers") else ()
    if loaded("transactions", *needed):
        return "transactions"
    if loaded("customers"):
        return "customers"
    raise AnalysisError("workspace.no_table", kind="transactions")


def orders() -> Answer[pd.DataFrame]:
    """The order lines."""
    return table("transactions")


def usual() -> ValueOptions:
    """The settings before anybody has moved one."""
    options = ValueOptions()
    return options.replace(horizon=_YEAR[options.unit])


def choose(orders: Answer[pd.DataFrame]) -> ValueOptions:
    """How far to look and what money is worth, as widgets."""
    first, second, third, fourth = st.columns(4, gap="medium")
    unit = controls(
        "value", ValueOptions, only=("unit",), places={"unit": first}
    ).unit
    year = _YEAR[unit]
    with second:
        horizon = remembered(
            st.slider,
            say(f"value.horizon_in.{unit}"),
            1,
            3 * year,
            year,
            key=widget_key("value", "horizon", unit),
            help=say("value.knob.horizon.help"),
        )
    knobs = ["model", "coverage", "seasonal", "holdout"]
    main = ("coverage", "model")
    if "amount" in orders.value.columns:
        main = ("margin", "discount")
        knobs = [*main, *knobs, "spend"]
    options = controls(
        "value",
        ValueOptions,
        only=knobs,
        high={"holdout": 2 * year},
        places=dict(zip(main, (third, fourth), strict=True)),
    )
    return options.replace(unit=unit, horizon=horizon)


def result(orders: Answer[pd.DataFrame], options: ValueOptions) -> Answer[Value]:
    """The estimate; a moved slider fits nothing again."""
    fitted = run(fit_value, orders, options.for_fit())
    return run(
        estimate_from_fit,
        fitted,
        options,
        ranges=run(value_ranges, fitted, options.for_ranges()),
    )


def headline(value: Value, options: ValueOptions) -> None:
    """What the customers of today will bring, in a sentence."""
    total = value.summary()
    ahead = {"horizon": value.horizon, "unit": value.unit}
    if total["equity"] is None:
        answer("value.equity.orders", orders=total["expected_orders"], **ahead)
    elif total["equity_lo"] is None:
        answer("value.equity.plain", equity=total["equity"], **ahead)
    else:
        answer(
            "value.equity.sentence",
            **{name: total[name] for name in ("equity", "equity_lo", "equity_hi")},
            **ahead,
            coverage=options.coverage,
        )


def state(value: Value, options: ValueOptions) -> None:
    """How many customers there are, how many are still active, and what each will bring."""
    _draw_figures(value, options, of_analyst=False)


def _draw_figures(value: Value, options: ValueOptions, *, of_analyst: bool) -> None:
    """The figures that everybody sees, or those that only an analyst asks for."""
    total = value.summary()
    names = ("customers", "alive", "lost", "expected_orders")
    # Customers and orders are counted whole on a tile, expected or not.
    whole = {name: None if n is None else round(n) for name, n in total.items()}
    numbers: dict[str, float | None] = {name: whole[name] for name in names}
    details: dict[str, float | None] = {
        name: whole[name] for name in ("lost_lo", "lost_hi")
    }
    details["coverage"] = options.coverage
    numbers |= {"each": value.equity_each, "error": total["holdout_error"]}
    figures(
        [
            {
                "label": f"value.figure.{name}",
                "value": number,
                "style": _FIGURE_STYLES.get(name, "number"),
                "help": f"value.figure_help.{name}",
                "help_details": details if name == "lost" else {},
                "analyst": of_analyst,
            }
            for name, number in numbers.items()
            if number is not None and (name not in _FIRST) == of_analyst
        ]
    )


def holdout(value: Value) -> None:
    """How the same estimate would have done last time.

    It is always shown, so that nobody reads the figures above without it.
    """
    key, details = value.headline
    answer(key, **details)
    if len(value.weekly):
        chart(
            pictures.holdout(value, language()),
            key=widget_key("value", "holdout"),
            alt=plain(key, **details),
            height=360,
        )
    gap = value.tracking_gap
    if gap is None:
        return
    # Why the expected line begins anew at the cut.
    said = {
        "expected": as_title("value.column.expected", language()),
        "gap": abs(gap),
        "off": "few" if gap < 0 else "many",
    }
    seen = abs(gap) >= _GAP
    st.caption(
        say(
            "value.headline.tracking_off" if seen else "value.headline.tracking",
            **said,
        )
    )


def unnamed(orders: Answer[pd.DataFrame]) -> None:
    """The sales that no figure of customers can hold."""
    sales = run(unnamed_sales, orders).value
    if not sales.lines:
        return
    if sales.money is None:
        st.caption(say("value.unnamed.lines", lines=sales.lines))
        return
    st.caption(
        say(
            "value.unnamed.money",
            lines=sales.lines,
            money=sales.money,
            share=sales.share or 0.0,
        )
    )


def doubts(
    value: Answer[Value], orders: Answer[pd.DataFrame], options: ValueOptions
) -> None:
    """What the figures leave out, and how they would have done last time."""
    unnamed(orders)
    _draw_figures(value.value, options, of_analyst=True)
    holdout(value.value)


def guarded_tabs(
    draws: Mapping[str, Callable[[], None]],
) -> dict[str, Callable[[], None]]:
    """Each of the tabs on its own feet; contracts only where there are customers to have them."""
    return {
        name: guarded(draw)
        for name, draw in draws.items()
        if name != "contracts" or loaded("customers", "churned")
    }


def titled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a file: its columns called as the reader calls them."""
    return blocks.titled(frame, "value")


def customers_of(
    result: Answer[Value] | Answer[Scores],
) -> Answer[pd.DataFrame]:
    """The customers of a result, as a table for another verb."""
    return result.part("customers")


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye: large money without its cents."""
    return rounded(frame, whole_from=1000)


def computed(value: Value, options: ValueOptions) -> None:
    """How it was computed."""
    how(
        "value.how.method",
        code(
            options.replace(horizon=value.horizon),
            loading=in_python("transactions"),
        ),
        value.notes,
        model=value.model.name,
    )
