"""Order: when and how much, from the forecast's own distribution, with the stock there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    Replenishment,
    replenish,
)
from crm_analysis.analyses.forecast.planning.overrides import override
from crm_analysis.analyses.forecast.series.selection import (
    ALL,
    DemandOptions,
    select_demand,
    series_sizes,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.forecast import Asked, decisions, forecasting
from crm_analysis.presentation.ui.forecast.settings import demand_table, series_names
from crm_analysis.presentation.ui.forecast.words import called, editor, legible, named, titled
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, palette, plain, say

_DEFAULTS = {"on_hand": 0.0, "on_order": 0.0, "pack": 1.0, "minimum": 0.0}
_SHOWN_LEAST = 5  # periods of projected stock
_OFFERED = 3_000  # products to choose from
_PRODUCT_WIDTH = 480
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_ORDERED = (
    "order",
    "packs",
)  # what to order: nothing is said of it before it is known what there is
_LEVELS = ("reorder_point", "safety_stock", "order_up_to")
_RISKS = ("risk_without", "risk_with", "runs_out")
_STYLES = {"risk_without": "percent", "risk_with": "percent"}
_NOT_SAID = {
    "planning.note.no_stock",
    "planning.note.too_late",
}  # where nothing is in the table of stock, there is nothing to say of it


def order(asked: Asked) -> None:
    """The settings, the stock there is, what to order, and what that does to the stock."""
    asked = _of_one_product(asked)
    options = _choose(asked)
    stock, counted = _draw_stock(asked)
    plan = Answer(
        asked.plan,
        f"{asked.found.fingerprint} {pd.util.hash_pandas_object(asked.plan[['value', 'hi_95']].round(9)).sum()}",
    )
    result = run(_replenish, asked.found, _known(stock), plan, options).value
    _draw_orders(asked, result, options, counted)
    if (
        not counted
    ):  # as if every series had just been filled up, so that there is a stock to look at
        full = stock.assign(
            on_hand=result.orders.set_index("series")["order_up_to"]
            .reindex(stock["series"])
            .to_numpy()
        )
        _draw_projection(
            asked, run(_replenish, asked.found, _known(full), plan, options).value, counted
        )
    else:
        _draw_projection(asked, result, counted)
    left = (
        _NOT_SAID
        if not counted
        else {"planning.note.no_stock"}
        if set(asked.parts) <= set(stock["series"])
        else set()
    )
    notes(
        Message(key, called(details, asked.names))
        for key, details in result.notes
        if key not in left
    )


def _of_one_product(asked: Asked) -> Asked:
    """Where everything is forecast together, one product of it: rolls and wedding cakes are no one stock."""
    if (
        asked.kind != "transactions"
        or asked.what.by != ALL
        or "product" not in asked.lines.value.columns
    ):
        return asked
    measure = "quantity" if "quantity" in asked.lines.value.columns else asked.what.measure
    what = asked.what.replace(by="product", measure=measure)
    offered = run(_products, asked.lines, what).value
    if len(offered) < 2:
        return asked
    product = st.selectbox(
        say("forecast.order.of"),
        offered,
        key="forecast-order_of",
        help=say("forecast.order.of_help"),
        persist_state="session",
        width=_PRODUCT_WIDTH,
    )
    what = what.replace(only=(product,))
    answer = run(select_demand, asked.lines, what)
    demand = demand_table(answer)
    names = series_names([product])
    options = asked.options.replace(left_out=decisions.left_out(what))
    found = forecasting.forecast(demand, options, names, answer.value.measure)
    return replace(
        asked,
        what=what,
        measured=answer.value,
        demand=demand,
        options=options,
        found=found,
        overridden=override(found.value.ahead, decisions.overrides(what)),
        reconciled=None,
        shown=str(found.value.series["series"].iloc[0]),
        names=names,
    )


def _products(lines: pd.DataFrame, what: DemandOptions) -> list[str]:
    """The products by name, the largest first; postage, fees and lines that name nothing are none."""
    goods = (
        lines[lines["is_product"].fillna(True).astype(bool)]
        if "is_product" in lines.columns
        else lines
    )
    return [str(name) for name in series_sizes(goods, what).index if str(name)][:_OFFERED]


def _known(stock: pd.DataFrame) -> Answer[pd.DataFrame]:
    return Answer(stock, str(stock.astype(str).to_numpy().tolist()))


def _choose(asked: Asked) -> InventoryOptions:
    """Lead time, time between orders and service level; the rule, and what varies."""
    every = asked.forecast.every
    reach = _DAYS[every] * asked.forecast.horizon
    days: dict[str, int] = {}
    places = st.columns(4, gap="medium")
    for place, (name, usual, share) in zip(
        places, (("lead_time", 14, 0.6), ("review", 7, 0.3)), strict=False
    ):
        high = max(2, min(180, int(share * reach)))
        shared: dict[str, Any] = {
            "key": f"forecast-{name}-{every}",
            "help": say(f"forecast.knob.{name}.help"),
            "persist_state": "session",
        }
        with place:
            days[name] = st.slider(
                say(f"forecast.knob.{name}.label"), 0, high, min(usual, high), 1, **shared
            )
    with places[2]:
        service = st.slider(
            say("forecast.knob.service.label"),
            50.0,
            99.9,
            95.0,
            0.1,
            format="%.1f%%",
            key="forecast-service",
            help=say("forecast.knob.service.help"),
            persist_state="session",
        )
    rest = controls(
        "forecast",
        InventoryOptions,
        key="forecast-order",
        only=("rule", "lead_time_sd", "whole"),
        high={"lead_time_sd": 60},
        places={"rule": places[3]},
    )
    return rest.replace(
        unit="day",
        lead_time=float(days["lead_time"]),
        review=float(days["review"]),
        service=round(service / 100, 4),
    )


def _replenish(
    found: Forecast, stock: pd.DataFrame, plan: pd.DataFrame, options: InventoryOptions
) -> Replenishment:
    return replenish(
        found,
        stock,
        options,
        ahead=plan[["series", "date", "value", "lo_80", "hi_80", "lo_95", "hi_95"]],
    )


def _draw_stock(asked: Asked) -> tuple[pd.DataFrame, bool]:
    """What there is of each series, as a table to fill in, and whether anybody did; the workspace keeps it."""
    known = decisions.stock(asked.what).set_index("series")
    table = pd.DataFrame({"series": asked.parts})
    for name, usual in _DEFAULTS.items():
        table[name] = table["series"].map(known[name]) if name in known.columns else usual
        table[name] = table[name].astype(float).fillna(usual)
    cost = known["cost"].astype(float) if "cost" in known.columns else pd.Series(dtype=float)
    table["cost"] = table["series"].map(cost).astype(float)
    counted = bool(set(asked.parts) & set(known.index))
    st.markdown(f"##### {say('forecast.order.stock')}")
    if not counted:
        st.caption(say("forecast.order.uncounted"))
    with st.form("forecast_stock_form", border=False):
        config: dict[str, Any] = {
            name: st.column_config.NumberColumn(
                plain(f"forecast.column.{name}"), min_value=0.01 if name == "pack" else 0.0
            )
            for name in ("on_order", "pack", "minimum", "cost")
        }
        config["on_hand"] = st.column_config.NumberColumn(plain("forecast.column.on_hand"))
        edited = editor(
            named(table, asked.names),
            key=f"forecast-stock-{asked.what.saved_name}-{len(asked.parts)}-{asked.parts[0]}",
            editable=(*_DEFAULTS, "cost"),
            alt=plain("forecast.order.stock_alt"),
            height=min(320, 38 + 35 * len(table)),
            **config,
        )
        given = st.form_submit_button(
            say("forecast.order.keep_stock"), key="forecast_keep_stock", type="primary"
        )
    if given:
        decisions.keep_stock(asked.what, edited.assign(series=asked.parts).fillna(_DEFAULTS))
        st.rerun()
    return (table if table["cost"].notna().all() else table.drop(columns="cost")), counted


def _draw_orders(
    asked: Asked, result: Replenishment, options: InventoryOptions, counted: bool
) -> None:
    told, orders = result.summary(), result.orders
    if options.whole:  # half a piece of safety is a piece
        orders = orders.assign(
            **{
                name: np.ceil(orders[name] - 1e-9)
                for name in ("safety_stock", "normal_safety_stock")
            }
        )
    mine = orders[orders["series"] == asked.shown]
    if len(orders) == 1 or len(mine):
        row = (mine if len(mine) else orders).iloc[0]
        details: dict[str, Any] = {
            "name": asked.names.get(str(row["series"]), str(row["series"])),
            "order": float(row["order"]),
            "point": float(row["reorder_point"]),
            "level": float(row["order_up_to"]),
            "service": options.service,
            "without": float(row["risk_without"]),
            "with_order": float(row["risk_with"]),
        }
        late = row["risk_with"] > 1 - options.service + 0.05
        answer(
            f"forecast.order.{'policy' if not counted else 'enough' if not row['order'] else 'late' if late else 'one'}",
            **details,
        )
        figures(
            [
                *(
                    [
                        {
                            "label": "forecast.order.order",
                            "value": row["order"],
                            "help": "forecast.order_help.order",
                        }
                    ]
                    if counted
                    else []
                ),
                {
                    "label": "forecast.order.reorder_point",
                    "value": row["reorder_point"],
                    "help": "forecast.order_help.reorder_point",
                },
                {
                    "label": "forecast.order.safety_stock",
                    "value": row["safety_stock"],
                    "help": "forecast.order_help.safety_stock",
                    "help_details": {"normal": float(row["normal_safety_stock"])},
                },
                {
                    "label": "forecast.order.order_up_to",
                    "value": row["order_up_to"],
                    "help": "forecast.order_help.order_up_to",
                },
            ]
        )
    else:
        details = {
            "count": int(told["to_order"] or 0),
            "all": len(orders),
            "units": told["units"],
            "service": options.service,
            "at_risk": int(told["at_risk"] or 0),
        }
        answer("forecast.order.many" if counted else "forecast.order.many_policy", **details)
    shown = (
        orders.sort_values("risk_without", ascending=False, kind="stable") if counted else orders
    )
    names = [
        "series",
        *((*_ORDERED, *_LEVELS, *_RISKS) if counted else _LEVELS),
        *(name for name in orders.columns if counted and name == "order_cost"),
    ]
    table = legible(named(shown[names], asked.names))
    show_table(
        "forecast",
        table,
        key="forecast_orders",
        styles=_STYLES,
        height=min(420, 38 + 35 * len(shown)),
        alt=plain("forecast.order.orders_alt"),
    )
    st.caption(say("forecast.order.help"))
    file = orders if counted else orders[["series", *_LEVELS]]
    downloads("orders_to_place", titled(file, asked.names), key="forecast_orders_file")


def _draw_projection(asked: Asked, result: Replenishment, counted: bool) -> None:
    """How the stock of one series would go on."""
    names = list(dict.fromkeys(result.projection["series"]))
    which = asked.shown if asked.shown in names else names[0]
    if asked.shown not in names and len(names) > 1:
        called_so = {name: asked.names.get(name, name) for name in names}
        which = st.selectbox(
            say("forecast.order.which"),
            names,
            format_func=called_so.__getitem__,
            key="forecast-stock_of",
            persist_state="session",
            width=360,
        )
    row = result.orders[result.orders["series"] == which].iloc[0]
    part = _from_today(
        asked, result.projection[result.projection["series"] == which], float(row["on_hand"])
    )
    name = asked.names.get(which, which)
    ordered = float(row["order"]) > 0
    gone = part.loc[part["with_lo"] <= 0, "date"]
    if not len(gone):
        answer("forecast.order.lasts", name=name)
    else:
        kind = "full" if not counted else "gone" if ordered else "gone_without"
        answer(f"forecast.order.{kind}", name=name, date=gone.iloc[0].date().isoformat())
    figure = pictures.stock(part, language(), point=float(row["reorder_point"]), palette=palette())
    chart(
        figure, key="forecast_stock_picture", alt=plain("forecast.order.alt", name=name), height=360
    )
    st.caption(say("forecast.order.one_order" if counted else "forecast.order.as_if_full"))


def _from_today(asked: Asked, part: pd.DataFrame, on_hand: float) -> pd.DataFrame:
    """The projection with the stock of today before it."""
    start = asked.forecast.ahead["date"].min()
    first = part.head(1).assign(
        date=start, **{name: on_hand for name in part.columns if name not in ("series", "date")}
    )
    both = pd.concat([first, part], ignore_index=True)
    gone = np.flatnonzero(
        both["with_hi"].to_numpy(float) <= 0
    )  # what stays empty need not be looked at for long
    return both.head(max(_SHOWN_LEAST, int(gone[0]) + 2)) if len(gone) else both
