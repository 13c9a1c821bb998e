"""Which brands: how many buy each, how often, and what its size alone would bring."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    BrandModel,
    Buying,
    BuyingOptions,
    brand_buying,
    fit_nbd_dirichlet,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import brands as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    column_name,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import Planning, tables
from crm_analysis.tables.script import script

_FIRST = ("brand", "category", "product")
_NO_BRANDS = ("customer", "order", "line", "currency", "status", "text")
_MOST_NAMES = 5_000
_LONGEST = 730
_ALIKE = 0.005  # of two S that are written alike
_STYLES = dict.fromkeys(
    ("share", "penetration", "expected_penetration", "requirements", "sole"),
    "percent",
)
_LISTED = (
    *("brand", "share", "penetration", "expected_penetration", "purchases"),
    *(
        "expected_purchases",
        "S",
        "used",
        "category_purchases",
        "requirements",
        "sole",
    ),
)


def draw(planning: Planning) -> None:
    """What sets brands apart in a sentence, observed beside expected, and the table."""
    orders = planning.source.orders
    if orders is None:
        raise AnalysisError("strategy.brands.page.no_orders")
    options = _options(orders.value)
    buying = run(brand_buying, orders, options).value
    asked = run(_fitted, orders, options)
    model = asked.value
    key, details = model.sentence
    with starred(asked):
        answer(key, **details)
    _furthest(model)
    _figures(buying, model)
    measure = switch(
        "strategy.brands.page.measure",
        tuple(pictures.MEASURES),
        "strategy.brands.page.by_{}",
        key=widget_key("strategy", "brands", "measure"),
        quiet=True,
    )
    chart(
        pictures.observed(model.brands, measure, language()),
        key=widget_key("strategy", "brands", "chart"),
        alt=plain(key, **details),
        height=120 + 36 * len(model.brands),
    )
    notes([*buying.notes, *model.notes])
    tables.listing(
        "brands", model.brands[list(_LISTED)], "table", styles=_STYLES, height=320
    )
    _how(options)


def _options(orders: pd.DataFrame) -> BuyingOptions:
    columns = _columns(orders)
    if not columns:
        raise AnalysisError("data.missing_role", role="product")
    left, right = st.columns(2, gap="medium")
    chosen = controls(
        "strategy.brands",
        BuyingOptions,
        key=widget_key("strategy", "brands", columns[0]),
        choices={"by": columns},
        names={"by": column_name},
        high={"days": _LONGEST, "most": 60},
        places={"by": left, "days": right},
    )
    return chosen.replace(by=chosen.by or columns[0])


def _columns(orders: pd.DataFrame) -> list[str]:
    """The columns that may name brands: those called so, then others of a few names."""
    texts = [
        str(name)
        for name in orders.columns
        if name not in _NO_BRANDS
        and (
            orders[name].dtype == object
            or isinstance(orders[name].dtype, pd.StringDtype)
        )
        and 2 <= orders[name].nunique() <= _MOST_NAMES
    ]
    first = [name for name in _FIRST if name in texts]
    return [*first, *(name for name in texts if name not in first)]


def _fitted(orders: pd.DataFrame, options: BuyingOptions) -> BrandModel:
    buying = brand_buying(orders, options)
    return fit_nbd_dirichlet(
        penetration=buying.penetration, rate=buying.rate, brands=buying.brands
    )


def _furthest(model: BrandModel) -> None:
    """The brand that is furthest from what its share would bring."""
    table = model.brands
    off = (table["penetration"] / table["expected_penetration"] - 1).abs()
    row = table.loc[off.idxmax()]
    st.markdown(
        say(
            "strategy.brands.page.furthest",
            brand=row["brand"],
            share=float(row["share"]),
            observed=float(row["penetration"]),
            expected=float(row["expected_penetration"]),
        )
    )


def _figures(buying: Buying, model: BrandModel) -> None:
    facts = model.summary()
    ends = {"low": facts["S_low"], "high": facts["S_high"]}
    is_one = (facts["S_high"] or 0.0) - (facts["S_low"] or 0.0) < _ALIKE
    spread = plain(
        f"strategy.brands.page.{'alike' if is_one else 'spread'}", **ends
    )
    items: list[dict[str, Any]] = [
        {
            "label": "strategy.brands.figure.penetration",
            "value": buying.penetration,
            "style": "percent1",
        },
        {
            "label": "strategy.brands.figure.rate",
            "value": buying.rate,
            "style": "number2",
        },
    ]
    for name in ("M", "K", "S"):
        items.append(
            {
                "label": f"strategy.brands.figure.{name}",
                "value": facts[name],
                "style": "number2",
                "help": f"strategy.brands.figure_help.{name}",
            }
        )
    items.append(
        {
            "label": "strategy.brands.figure.spread",
            "value": spread,
            "help": "strategy.brands.figure_help.spread",
        }
    )
    figures(items)


def _how(options: BuyingOptions) -> None:
    lines, orders = in_python("transactions")
    code = [
        *lines,
        f"buying = crm.brand_buying({orders}, crm.{options.in_python()})",
        "model = crm.fit_nbd_dirichlet(",
        "    penetration=buying.penetration, rate=buying.rate, brands=buying.brands",
        ")",
        "print(model.summary())",
        "print(model.brands)",
    ]
    how("strategy.how.brands", script(code))
