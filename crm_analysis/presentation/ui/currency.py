"""The units that a page's figures are in: as its table says, else as its reader has said."""

from __future__ import annotations

import datetime
from functools import cache

import streamlit as st
from babel.numbers import get_territory_currencies

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import (
    language,
    plain,
    say,
    workspace,
)
from crm_analysis.units import Units, use_units
from crm_analysis.wording import Language, locale_of
from crm_analysis.workspace import SavedTable

_SETTING = "currency"  # of the workspace: what a reader said of amounts without one
_MONEY = ("amount", "unit_price", "cost")


def units_of(saved: SavedTable) -> Units:
    """The units of a table; of money that names none, the currency of the workspace."""
    columns, money = saved.units, unit_of_money(saved)
    return Units(
        money=money or _of_orders() or workspace().settings.get(_SETTING) or None,
        measure=columns.get("value"),
        columns=columns,
    )


def units_here(kind: str = "transactions") -> Units:
    """The units of the workspace's table of a kind; of a missing one, those of its money."""
    try:
        return units_of(workspace().load(kind))
    except AnalysisError:  # no such table, or no workspace: the page says so itself
        return Units()


def use_units_of(saved: SavedTable) -> None:
    """Write what the page shows from here on in the units of a table."""
    use_units(units_of(saved))


def unit_of_money(saved: SavedTable) -> str | None:
    """What a table says of its money: of a line's, else of the one currency of its columns."""
    columns = saved.units
    of_lines = next((columns[name] for name in _MONEY if name in columns), None)
    currencies = set(columns.values()) & set(locale_of("en").currencies)
    only = currencies.pop() if len(currencies) == 1 else None
    return of_lines or saved.currency or only


def _of_orders() -> str | None:
    try:
        return unit_of_money(workspace().load("transactions"))
    except AnalysisError:
        return None


def draw_currency() -> None:
    """What amounts are in; where the orders do not say, the reader may."""
    unit = _of_orders()
    if unit:
        st.caption(say("frame.filter.amounts_in", currency=unit))
        return
    settings, code = workspace().settings, language()
    names = {"": plain("frame.filter.currency_unsaid"), **_currencies(code)}
    before = settings.get(_SETTING, "")
    chosen = st.selectbox(
        say("frame.filter.currency"),
        list(names),
        index=list(names).index(before),
        format_func=names.__getitem__,
        key=widget_key("filter", "currency", code),
        help=say("frame.filter.currency_help"),
    )
    if chosen != before:
        settings[_SETTING] = chosen
        st.rerun()


@cache
def _currencies(language: Language) -> dict[str, str]:
    """The currencies in use today, by code: "EUR – Euro"."""
    locale = locale_of(language)
    today = datetime.date.today()
    codes = {
        code
        for territory in locale.territories
        for code in get_territory_currencies(str(territory), today)
    }
    return {
        code: f"{code} – {locale.currencies[code]}"
        for code in sorted(codes & set(locale.currencies))
    }
