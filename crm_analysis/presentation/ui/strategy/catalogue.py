"""The catalogue of actions and the limits by name, as tables to edit, kept in the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.remembered import last_chosen, remember
from crm_analysis.presentation.ui.session import language, plain, say
from crm_analysis.wording import say_title

_ACTIONS = widget_key("strategy", "actions")
_LIMITS = widget_key("strategy", "amounts")
_TURN = widget_key(
    "strategy", "actions", "turn"
)  # how often a table was begun anew
_TEXTS = ("action", "channel", "eligible")
# Shares are entered in percent: the column, and whether it is one.
_NUMBERS = {
    "cost": False,
    "effect_lo": True,
    "effect_hi": True,
    "discount": True,
    "redeemed": True,
    "capacity": False,
    "points": False,
}
COLUMNS = (
    "action",
    "channel",
    "cost",
    "effect_lo",
    "effect_hi",
    "discount",
    "redeemed",
    "capacity",
    "points",
    "eligible",
)

Row = list[Any]


def kept(suggested: pd.DataFrame) -> list[Row]:
    """The actions as they were edited, else as they are suggested; shares as shares."""
    stored = last_chosen(_ACTIONS)
    if stored is None:
        return _rows(suggested)
    return [_fitted(row) for row in stored if isinstance(row, list)]


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as the table of actions."""
    table = pd.DataFrame([list(row) for row in rows], columns=list(COLUMNS))
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce") for name in _NUMBERS
    }
    return table.assign(**numbers)


def kept_amounts(
    channels: Sequence[str], segments: Sequence[str]
) -> dict[str, list[tuple[str, float]]]:
    """The capacity by channel and the minimum by segment, of those that are still there."""
    amounts: dict[str, list[tuple[str, float]]] = {"channel": [], "segment": []}
    there = {"channel": set(channels), "segment": set(segments)}
    for kind, name, amount in last_chosen(_LIMITS) or []:
        if kind in amounts and name in there[kind] and amount is not None:
            amounts[kind].append((name, float(amount)))
    return amounts


def edit(
    suggested: pd.DataFrame, channels: Sequence[str], segments: Sequence[str]
) -> None:
    """Both tables, a button that plans by them, and one that brings the suggestion back."""
    begun = st.session_state.setdefault(_TURN, 0)
    rows = kept(suggested)
    st.markdown(say("strategy.page.edit"))
    edited = st.data_editor(
        _shown(table_of(rows)),
        key=widget_key("strategy", "actions", "editor", str(begun), language()),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_config=_configuration(),
        alt=plain("strategy.page.edit"),
    )
    amounts = kept_amounts(channels, segments)
    st.markdown(say("strategy.page.edit_limits"))
    limits = st.data_editor(
        _limit_table(amounts, channels, segments),
        key=widget_key("strategy", "amounts", "editor", str(begun), language()),
        hide_index=True,
        disabled=["what", "name"],
        column_config={
            "kind": None,
            "what": st.column_config.TextColumn(plain("strategy.column.limit")),
            "name": st.column_config.TextColumn(plain("strategy.column.subject")),
            "amount": st.column_config.NumberColumn(
                plain("strategy.column.amount"), min_value=0.0, step=1.0
            ),
        },
        alt=plain("strategy.page.edit_limits"),
    )
    wanted = _rows(_unshown(edited)), _amounts(limits)
    is_new = wanted != (rows, _amounts(_limit_table(amounts, channels, segments)))
    with st.container(horizontal=True):
        if st.button(
            say("strategy.page.apply"),
            key=widget_key("strategy", "actions", "apply"),
            type="primary" if is_new else "secondary",
            disabled=not is_new,
        ):
            _apply(*wanted)
        if (
            last_chosen(_ACTIONS) is not None or last_chosen(_LIMITS)
        ) and st.button(
            say("strategy.page.back"), key=widget_key("strategy", "actions", "back")
        ):
            _apply(None, None)


def _apply(rows: list[Row] | None, amounts: list[Row] | None) -> None:
    remember(_ACTIONS, rows)
    remember(_LIMITS, amounts or None)
    st.session_state[_TURN] += 1
    st.rerun()


def _configuration() -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in COLUMNS:
        title = say_title(f"strategy.column.{name}", language())
        help_text = plain(f"strategy.column_help.{name}")
        if name in _TEXTS:
            config[name] = st.column_config.TextColumn(
                title, help=help_text, max_chars=200
            )
        elif _NUMBERS[name]:
            config[name] = st.column_config.NumberColumn(
                title, help=help_text, format="%.4g%%"
            )
        else:
            config[name] = st.column_config.NumberColumn(title, help=help_text)
    return config


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Shares in percent, as they are entered."""
    return table.assign(
        **{
            name: (table[name] * 100).round(6)
            for name, share in _NUMBERS.items()
            if share
        }
    )


def _unshown(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce") for name in _NUMBERS
    }
    return table.assign(
        **{
            name: (values / 100).round(8) if _NUMBERS[name] else values
            for name, values in numbers.items()
        }
    )


def _limit_table(
    amounts: dict[str, list[tuple[str, float]]],
    channels: Sequence[str],
    segments: Sequence[str],
) -> pd.DataFrame:
    rows = []
    for kind, names in (("channel", channels), ("segment", segments)):
        given = dict(amounts[kind])
        rows += [
            (kind, plain(f"strategy.page.limit_{kind}"), name, given.get(name))
            for name in names
        ]
    table = pd.DataFrame(rows, columns=["kind", "what", "name", "amount"])
    return table.assign(amount=pd.to_numeric(table["amount"], errors="coerce"))


def _amounts(table: pd.DataFrame) -> list[Row]:
    known = table[table["amount"].notna()]
    return [
        [str(kind), str(name), float(amount)]
        for kind, name, amount in zip(
            known["kind"], known["name"], known["amount"], strict=True
        )
    ]


def _rows(table: pd.DataFrame) -> list[Row]:
    """A table as rows of plain values; an empty cell is None, an empty row is none."""
    whole = table.reindex(columns=list(COLUMNS))
    rows = [_fitted(list(row)) for row in whole.itertuples(index=False)]
    return [row for row in rows if any(value is not None for value in row)]


def _fitted(row: Row) -> Row:
    cells = dict(zip(COLUMNS, [*row, *[None] * len(COLUMNS)], strict=False))
    return [_cell(name, value) for name, value in cells.items()]


def _cell(name: str, value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    if name in _TEXTS:
        return str(value).strip() or None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
