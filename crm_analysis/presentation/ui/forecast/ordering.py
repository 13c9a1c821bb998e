"""Order: when and how much, from the forecast's own distribution, with the stock there is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.inventory import InventoryOptions, Replenishment, replenish
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.forecast import Asked, kept, legible, named, titled
from crm_analysis.presentation.ui.forecast.ahead import called
from crm_analysis.presentation.ui.forecast.oddities import editor
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, palette, plain, say

_KNOBS = ("lead_time", "review", "service", "rule")
_DEFAULTS = {"on_hand": 0.0, "on_order": 0.0, "pack": 1.0, "minimum": 0.0}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_FIRST = ("series", "order", "packs", "reorder_point", "safety_stock", "order_up_to", "runs_out", "risk_without", "risk_with")
_STYLES = {"risk_without": "percent", "risk_with": "percent"}


def order(asked: Asked) -> None:
    """The settings, the stock there is, what to order, and what that does to the stock."""
    places = dict(zip(_KNOBS, st.columns(4, gap="medium"), strict=True))
    found = asked.forecast
    reach = _DAYS[found.every] * found.horizon
    options = controls(
        "forecast",
        InventoryOptions,
        key="forecast-order",
        only=(*_KNOBS, "lead_time_sd", "whole"),
        high={"lead_time": max(2, min(180, int(0.8 * reach))), "review": max(2, min(90, int(0.5 * reach))), "lead_time_sd": 60},
        start=InventoryOptions(unit="day", lead_time=float(min(14, reach // 3)), review=float(min(7, max(1, reach // 4)))),
        places=places,
    )
    stock = _draw_stock(asked)
    key = f"{sorted(map(tuple, stock.astype(str).to_numpy().tolist()))}"
    plan = Answer(asked.plan, f"{asked.found.fingerprint} {pd.util.hash_pandas_object(asked.plan[['value', 'hi_95']].round(9)).sum()}")
    result = run(_replenish, asked.found, Answer(stock, key), plan, options).value
    _draw_orders(asked, result, options)
    _draw_projection(asked, result)
    notes((key, called(asked, details)) for key, details in result.notes)


def _replenish(found: Forecast, stock: pd.DataFrame, plan: pd.DataFrame, options: InventoryOptions) -> Replenishment:
    return replenish(found, stock, options, ahead=plan[["series", "date", "value", "lo_80", "hi_80", "lo_95", "hi_95"]])


def _draw_stock(asked: Asked) -> pd.DataFrame:
    """What there is of each series, as a table to fill in; the workspace keeps it."""
    known = kept.stock(asked.what).set_index("series")
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
        config = {
            name: st.column_config.NumberColumn(plain(f"planning.column.{name}"), min_value=0.01 if name == "pack" else 0.0)
            for name in ("on_order", "pack", "minimum", "cost")
        }
        config["on_hand"] = st.column_config.NumberColumn(plain("planning.column.on_hand"))
        edited = editor(
            named(table, asked.names),
            key=f"forecast-stock-{asked.what.place}",
            editable=(*_DEFAULTS, "cost"),
            height=min(320, 40 + 36 * len(table)),
            **config,
        )
        given = st.form_submit_button(say("forecast.order.keep_stock"), key="forecast_keep_stock", type="primary")
    if given:
        kept.keep_stock(asked.what, edited.assign(series=asked.parts).fillna(_DEFAULTS))
        st.rerun()
    return table if table["cost"].notna().all() else table.drop(columns="cost")


def _draw_orders(asked: Asked, result: Replenishment, options: InventoryOptions) -> None:
    told, orders = result.summary(), result.orders
    mine = orders[orders["series"] == asked.shown]
    if len(orders) == 1 or len(mine):
        row = (mine if len(mine) else orders).iloc[0]
        details = {
            "name": asked.names.get(str(row["series"]), str(row["series"])),
            "order": float(row["order"]),
            "packs": float(row["packs"]),
            "point": float(row["reorder_point"]),
            "safety": float(row["safety_stock"]),
            "service": options.service,
            "without": float(row["risk_without"]),
            "with_order": float(row["risk_with"]),
        }
        answer("forecast.order.one" if row["order"] > 0 else "forecast.order.enough", **details)
        figures(
            [
                {"label": "forecast.order.order", "value": row["order"], "help": "forecast.order_help.order"},
                {"label": "forecast.order.reorder_point", "value": row["reorder_point"], "help": "forecast.order_help.reorder_point"},
                {
                    "label": "forecast.order.safety_stock",
                    "value": row["safety_stock"],
                    "help": "forecast.order_help.safety_stock",
                    "help_details": {"normal": float(row["normal_safety_stock"])},
                },
                {"label": "forecast.order.order_up_to", "value": row["order_up_to"], "help": "forecast.order_help.order_up_to"},
            ]
        )
    else:
        answer(
            "forecast.order.many",
            count=int(told["to_order"] or 0),
            all=len(orders),
            units=told["units"],
            service=options.service,
            at_risk=int(told["at_risk"] or 0),
        )
    shown = orders.sort_values("risk_without", ascending=False, kind="stable")
    names = [*_FIRST, *(name for name in orders.columns if name == "order_cost")]
    show_table("planning", legible(named(shown[names], asked.names)), key="forecast_orders", styles=_STYLES, height=min(420, 40 + 36 * len(shown)))
    st.caption(say("forecast.order.help"))
    downloads("orders_to_place", titled(orders, asked.names), key="forecast_orders_file")


def _draw_projection(asked: Asked, result: Replenishment) -> None:
    """How the stock of one series would go on."""
    names = list(dict.fromkeys(result.projection["series"]))
    which = asked.shown if asked.shown in names else names[0]
    if asked.shown not in names and len(names) > 1:
        which = st.selectbox(
            say("forecast.order.which"),
            names,
            format_func={name: asked.names.get(name, name) for name in names}.__getitem__,
            key="forecast-stock_of",
            persist_state="session",
            width=360,
        )
    part = result.projection[result.projection["series"] == which]
    row = result.orders[result.orders["series"] == which].iloc[0]
    name = asked.names.get(which, which)
    gone = part.loc[part["with_lo"] <= 0, "date"]
    if len(gone):
        answer("forecast.order.gone", name=name, date=gone.iloc[0].date().isoformat())
    else:
        answer("forecast.order.lasts", name=name)
    figure = pictures.stock(part, language(), point=float(row["reorder_point"]), unit=asked.forecast.every, palette=palette())
    chart(figure, key="forecast_stock_picture", alt=plain("forecast.order.alt", name=name), height=360)
    st.caption(say("forecast.order.one_order"))
