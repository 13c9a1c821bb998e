"""The tab of orders: when and how much, from the forecast's own distribution and the stock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    Replenishment,
    filled_up,
    order_urgency,
    replenish,
)
from crm_analysis.analyses.forecast.planning.overrides import (
    FIGURES,
    override,
    overrides_from_records,
    overrides_to_records,
)
from crm_analysis.analyses.forecast.planning.reconciliation import Reconciled
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.analyses.forecast.series.selection import (
    products_by_size,
    select_demand,
    unit_prices,
)
from crm_analysis.presentation.pictures import planning as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    figures,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.forecasting import forecast_demand
from crm_analysis.presentation.ui.forecast.settings import (
    demand_table,
    with_members,
)
from crm_analysis.presentation.ui.forecast.words import (
    editor,
    legible,
    renamed,
    series_names,
    titled,
    with_names,
)
from crm_analysis.presentation.ui.remembered import remembered

_DEFAULTS = {
    "on_hand": 0.0,
    "on_order": 0.0,
    "pack": 1.0,
    "minimum": 0.0,
}
_MAXIMUM_LISTED = 3_000  # products to choose from
_DAYS = {
    "day": 1,
    "week": 7,
    "fortnight": 14,
    "four_week": 28,
    "month": 30,
    "quarter": 91,
    "half": 182,
    "year": 365,
}
_SHARE_OF_HORIZON = {"lead_time": 0.6, "review": 0.3}
_USUAL_DAYS = {"lead_time": 14, "review": 7}
_LEVELS = ("reorder_point", "safety_stock", "order_up_to")
_ORDERED = (
    "order",
    "packs",
    *_LEVELS,
    "risk_without",
    "risk_with",
    "runs_out",
)
_OF_NO_STOCK = "planning.note.no_stock"


@dataclass(frozen=True)
class _Stock:
    """The table of stock, and whether anybody filled it in."""

    table: pd.DataFrame
    counted: bool


def inventory(view: View) -> None:
    """The settings, the stock there is, what to order, and what that does to the stock."""
    view = _of_one_product(view)
    options = _choose(view)
    stock = _draw_stock(view)
    answered = _replenish(view, stock.table, options)
    result = answered.value
    if stock.counted:
        with starred(answered):
            _draw_orders(view, result, options, counted=True)
        _draw_projection(view, result, counted=True)
    else:
        _draw_orders(view, result, options, counted=False)
        # As if every series had just been filled up, so that there is a stock to look at.
        full = filled_up(stock.table, result.orders)
        as_if_full = _replenish(view, full, options).value
        _draw_projection(view, as_if_full, counted=False)
    unsaid = _unsaid_notes(view, stock)
    notes(
        renamed(
            (note for note in result.notes if note.key not in unsaid),
            view.names,
        )
    )


def _of_one_product(view: View) -> View:
    """One product of what is forecast together: rolls and wedding cakes are no one stock."""
    lines, selection = view.lines, view.selection
    together = view.kind == "transactions" and selection.by == ALL
    if not together or "product" not in lines.value.columns:
        return view
    measure = "quantity" if "quantity" in lines.value.columns else selection.measure
    selection = selection.replace(by="product", measure=measure)
    products = run(products_by_size, lines, selection).value
    if len(products) < 2:
        return view
    product = remembered(
        st.selectbox,
        say("forecast.inventory.of"),
        products[:_MAXIMUM_LISTED],
        key=widget_key("forecast", "order_of"),
        help=say("forecast.inventory.of_help"),
        width=480,
    )
    selection = selection.replace(only=(product,))
    measured = run(select_demand, lines, selection)
    demand = demand_table(measured)
    names = series_names([product])
    options = view.options.replace(left_out=decisions.left_out(selection))
    result = forecast_demand(demand, options, names, measured.value.measure)
    return replace(
        view,
        selection=selection,
        measured=measured.value,
        demand=demand,
        options=options,
        result=result,
        reconciled=None,
        overridden=override(result.value.ahead, decisions.overrides(selection)),
        names=names,
        shown=str(result.value.series["series"].iloc[0]),
    )


def _choose(view: View) -> InventoryOptions:
    """Lead time, time between orders and service level; the rule, and what varies."""
    every = view.forecast.every
    first, second, third, fourth = st.columns(4, gap="medium")
    days = {}
    for column, (name, usual) in zip(
        (first, second), _USUAL_DAYS.items(), strict=True
    ):
        horizon = _SHARE_OF_HORIZON[name] * _DAYS[every] * view.forecast.horizon
        maximum = max(2, min(180, int(horizon)))
        days[name] = remembered(
            column.slider,
            say(f"forecast.knob.{name}.label"),
            0,
            maximum,
            min(usual, maximum),
            1,
            key=widget_key("forecast", name, every),
            help=say(f"forecast.knob.{name}.help"),
        )
    service = remembered(
        third.slider,
        say("forecast.knob.service.label"),
        50.0,
        99.9,
        95.0,
        0.1,
        format="%.1f%%",
        key=widget_key("forecast", "service"),
        help=say("forecast.knob.service.help"),
    )
    return controls(
        "forecast",
        InventoryOptions,
        key=widget_key("forecast", "inventory"),
        only=("rule", "lead_time_sd", "whole"),
        high={"lead_time_sd": 60},
        places={"rule": fourth},
    ).replace(
        unit="day",
        lead_time=float(days["lead_time"]),
        review=float(days["review"]),
        service=round(service / 100, 4),
    )


def _replenish(
    view: View, stock: pd.DataFrame, options: InventoryOptions
) -> Answer[Replenishment]:
    """What to order, as a question that can be kept: all that was decided is in it as JSON."""
    by_hand = overrides_to_records(decisions.overrides(view.selection))
    ahead = run(_planned, view.reconciled or view.result, by_hand)
    priced = _with_prices(view, stock)
    table = run(_stock_of, list(priced.columns), priced.to_numpy(object).tolist())
    return run(replenish, view.result, table, options, ahead=ahead)


def _planned(
    forecast: Forecast | Reconciled, by_hand: list[dict[str, Any]]
) -> pd.DataFrame:
    """The forecast as it stands after values set by hand."""
    plan = override(forecast.ahead, overrides_from_records(by_hand)).ahead
    return plan[["series", "date", *FIGURES]]


def _stock_of(columns: list[str], rows: list[list[Any]]) -> pd.DataFrame:
    """The stock that was entered, as a table."""
    return pd.DataFrame(rows, columns=columns)


def _with_prices(view: View, stock: pd.DataFrame) -> pd.DataFrame:
    """The stock, with what a unit was sold for where that is known of everything in it."""
    prices = run(
        unit_prices,
        with_members(view.lines, view.selection),
        view.selection,
    ).value
    price = stock["series"].map(prices)
    return stock if price.isna().any() else stock.assign(price=price)


def _draw_stock(view: View) -> _Stock:
    """What there is of each series, as a table to fill in; the workspace saves it."""
    saved = decisions.stock(view.selection).set_index("series")
    table = pd.DataFrame({"series": view.parts})
    for name in (*_DEFAULTS, "cost"):
        usual = _DEFAULTS.get(name, np.nan)
        values = saved[name] if name in saved.columns else pd.Series(dtype=float)
        table[name] = table["series"].map(values).astype(float).fillna(usual)
    counted = bool(set(view.parts) & set(saved.index))
    st.markdown(f"##### {say('forecast.inventory.stock')}")
    if not counted:
        st.caption(say("forecast.inventory.uncounted"))
    config: dict[str, Any] = {
        "on_hand": st.column_config.NumberColumn(plain("forecast.column.on_hand"))
    }
    for name in ("on_order", "pack", "minimum", "cost"):
        config[name] = st.column_config.NumberColumn(
            plain(f"forecast.column.{name}"),
            min_value=0.01 if name == "pack" else 0.0,
        )
    with st.form(widget_key("forecast", "stock_form"), border=False):
        part = f"{len(view.parts)}-{view.parts[0]}"
        edited = editor(
            with_names(table, view.names),
            key=widget_key("forecast", "stock", view.selection.saved_name, part),
            editable=(*_DEFAULTS, "cost"),
            alt=plain("forecast.inventory.stock_alt"),
            height=min(320, 38 + 35 * len(table)),
            **config,
        )
        submitted = st.form_submit_button(
            say("forecast.inventory.keep_stock"),
            key=widget_key("forecast", "save_stock"),
            type="primary",
        )
    if submitted:
        table = edited.assign(series=view.parts).fillna(_DEFAULTS)
        decisions.save_stock(view.selection, table)
        st.rerun()
    if table["cost"].isna().any():
        table = table.drop(columns="cost")
    return _Stock(table, counted)


def _unsaid_notes(view: View, stock: _Stock) -> set[str]:
    """What need not be said, for the table of stock shows it."""
    if not stock.counted:
        return {_OF_NO_STOCK, "planning.note.too_late"}
    return (
        {_OF_NO_STOCK} if set(view.parts) <= set(stock.table["series"]) else set()
    )


def _draw_orders(
    view: View,
    result: Replenishment,
    options: InventoryOptions,
    counted: bool,
) -> None:
    orders = result.orders
    if options.whole:
        # Half a piece of safety is a piece.
        for name in ("safety_stock", "normal_safety_stock"):
            orders = orders.assign(**{name: np.ceil(orders[name] - 1e-9)})
    own = orders[orders["series"] == view.shown]
    if len(orders) == 1 or len(own):
        _draw_one_order(view, (own if len(own) else orders).iloc[0], counted)
    else:
        summary = result.summary()
        answer(
            "forecast.inventory.many"
            if counted
            else "forecast.inventory.many_policy",
            count=int(summary["to_order"] or 0),
            all=len(orders),
            units=summary["units"],
            service=options.service,
            at_risk=int(summary["at_risk"] or 0),
        )
    # Nothing is said of an order before it is known what there is.
    columns = ["series", *(_ORDERED if counted else _LEVELS)]
    table = orders
    if counted:
        table = orders.sort_values("risk_without", ascending=False, kind="stable")
        columns += [name for name in ("order_cost",) if name in orders.columns]
    show_table(
        "forecast",
        legible(with_names(table[columns], view.names)),
        key=widget_key("forecast", "orders"),
        styles={"risk_without": "percent", "risk_with": "percent"},
        height=min(420, 38 + 35 * len(table)),
        alt=plain("forecast.inventory.orders_alt"),
    )
    st.caption(say("forecast.inventory.help"))
    downloads(
        "orders_to_place",
        titled(orders if counted else orders[["series", *_LEVELS]], view.names),
        key=widget_key("forecast", "orders_file"),
    )


def _draw_one_order(view: View, order: pd.Series, counted: bool) -> None:
    urgency = order_urgency(order.to_dict()) if counted else "policy"
    name = str(order["series"])
    answer(
        f"forecast.inventory.{urgency}",
        name=view.names.get(name, name),
        order=float(order["order"]),
        point=float(order["reorder_point"]),
        level=float(order["order_up_to"]),
        service=float(order["service"]),
        without=float(order["risk_without"]),
        with_order=float(order["risk_with"]),
    )
    items: list[dict[str, Any]] = [
        {
            "label": f"forecast.inventory.{figure}",
            "value": order[figure],
            "help": f"forecast.inventory_help.{figure}",
            "help_details": {"normal": float(order["normal_safety_stock"])},
        }
        for figure in ("order", *_LEVELS)
    ]
    figures(items if counted else items[1:])


def _draw_projection(view: View, result: Replenishment, *, counted: bool) -> None:
    series = _choose_projected(view, result)
    order = result.orders[result.orders["series"] == series].iloc[0]
    projection = result.projection_of(series, view.forecast.ahead["date"].min())
    name = view.names.get(series, series)
    empty = projection.loc[projection["with_lo"] <= 0, "date"]
    if empty.empty:
        answer("forecast.inventory.lasts", name=name)
    else:
        ordered = "gone" if order["order"] > 0 else "gone_without"
        answer(
            f"forecast.inventory.{ordered if counted else 'full'}",
            name=name,
            date=empty.iloc[0].date().isoformat(),
        )
    chart(
        pictures.stock(
            projection,
            language(),
            point=float(order["reorder_point"]),
            palette=palette(),
        ),
        key=widget_key("forecast", "projection"),
        alt=plain("forecast.inventory.alt", name=name),
        height=360,
    )
    caption = (
        "forecast.inventory.one_order"
        if counted
        else "forecast.inventory.as_if_full"
    )
    st.caption(say(caption))


def _choose_projected(view: View, result: Replenishment) -> str:
    """The series looked at; where that is a sum, one of its parts."""
    names = list(dict.fromkeys(result.projection["series"]))
    if view.shown in names or len(names) == 1:
        return view.shown if view.shown in names else names[0]
    return remembered(
        st.selectbox,
        say("forecast.inventory.which"),
        names,
        format_func={
            name: view.names.get(name, name) for name in names
        }.__getitem__,
        key=widget_key("forecast", "projected"),
        width=360,
    )
