"""What was changed: the sums that add up, each step, each record set aside, each cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import (
    answer,
    downloads,
    figures,
    key_of_rows,
    show_table,
)
from crm_analysis.presentation.ui.data.remaking import remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.loading import forget_versions
from crm_analysis.presentation.ui.session import (
    column_name,
    plain,
    say,
    workspace,
)
from crm_analysis.wording import has
from crm_analysis.workspace import SavedTable

_PARTS = (
    "header",
    "preamble",
    "units",
    "blank",
    "set_aside",
    "duplicates",
    "kept",
)
_NO_ROWS = ("header", "preamble", "units", "blank")
_MONEY = ("money_kept", "money_set_aside", "money_duplicates")
_ALWAYS = ("types", "reading")  # steps that cannot be undone


def draw_sums(saved: SavedTable) -> None:
    """Records in = header + … + kept, and the same for money."""
    sums = saved.summary()
    rows = (sums["records_in"] or 0) - sum(sums[part] or 0 for part in _NO_ROWS)
    key = "ledger.headline_all" if rows == sums["kept"] else "ledger.headline"
    is_parted = (
        saved.rows != sums["kept"]
    )  # a record became several lines, or several one
    if is_parted:
        key = "ledger.headline_parted"
    if sums["kept"] and saved.rows < sums["kept"]:
        key = "ledger.headline_summarised"
    answer(
        key,
        rows=rows,
        kept=sums["kept"],
        changed=sums["cells_changed"],
        lines=saved.rows,
    )
    label = "ledger.lines" if is_parted else "ledger.kept"
    figures(
        [
            {"label": "ledger.records_in", "value": sums["records_in"]},
            {"label": label, "value": saved.rows if is_parted else sums["kept"]},
            {"label": "ledger.set_aside", "value": sums["set_aside"]},
            {"label": "ledger.duplicates", "value": sums["duplicates"]},
            {"label": "ledger.cells_changed", "value": sums["cells_changed"]},
            {"label": "ledger.flags", "value": sums["flags"]},
        ]
    )
    parts = [
        plain(f"ledger.part.{part}", count=sums[part])
        for part in _PARTS
        if sums[part]
    ]
    st.markdown(say("ledger.adds_up", total=sums["records_in"], parts=parts))
    if sums.get("money_read") is not None:
        parts = [
            plain(f"ledger.part.{part}", count=sums[part])
            for part in _MONEY
            if part == "money_kept" or sums[part]
        ]
        if sums["money_edits"]:
            change = "money_added" if sums["money_edits"] > 0 else "money_taken_off"
            count = abs(sums["money_edits"])
            parts.append(plain(f"ledger.part.{change}", count=count))
        st.markdown(
            say("ledger.money_adds_up", total=sums["money_read"], parts=parts)
        )


def draw_steps(plan: Plan, saved: SavedTable) -> None:
    """Each step with its effect; a step can be undone and done again."""
    steps = saved.steps
    shown = steps[
        (steps["cells"] > 0) | (steps["rows"] > 0) | ~steps["on"].astype(bool)
    ]
    st.markdown(f"##### {say('ledger.steps')}")
    if shown.empty:
        st.caption(say("ledger.no_steps"))
    for row in shown.to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _draw_step(plan, str(row["step"]), int(row["cells"]), int(row["rows"]))


def _draw_step(plan: Plan, step: str, cells: int, rows: int) -> None:
    name = plain(f"cleaning.step.{step}")
    st.markdown(
        say("ledger.step", name=name, cells=cells, rows=rows), width="stretch"
    )
    if step in _ALWAYS:
        return
    undone = step in plan.clean.undo
    label = say("ledger.redo" if undone else "ledger.undo")
    if st.button(label, key=widget_key("ledger", "undo", step)):
        others = tuple(other for other in plan.clean.undo if other != step)
        undo = others if undone else (*others, step)
        remake(plan, clean=plan.clean.replace(undo=undo))


def draw_set_aside(plan: Plan, saved: SavedTable) -> None:
    """The records that are not in the table, set aside or repeated; those selected are put back."""
    aside = saved.set_aside
    if aside.empty:
        st.markdown(f"##### {say('ledger.none_left_out')}")
        return
    sums = saved.summary()
    present = [part for part in ("set_aside", "duplicates") if sums[part]]
    parts = [plain(f"ledger.part.{part}", count=sums[part]) for part in present]
    title = {"count": len(aside), "parts": parts}
    st.markdown(f"##### {say('ledger.left_out_title', **title)}")
    names = [file.name for file in plan.files]
    shown = _words(aside, names)
    event = st.dataframe(
        shown.head(5_000),
        hide_index=True,
        key=key_of_rows(
            widget_key("ledger", "set_aside"), aside[["source", "line", "step"]]
        ),
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_titles(shown),
        alt=plain("ledger.left_out_title", **title),
    )
    picked = aside.iloc[list(event["selection"]["rows"])]
    with st.container(horizontal=True):
        label = say("ledger.put_back", count=len(picked))
        if st.button(
            label, disabled=picked.empty, key=widget_key("ledger", "put_back")
        ):
            remake(plan, **_put_back(plan, picked))
    downloads(
        "set_aside",
        lambda: shown,
        key=widget_key("ledger", "set_aside", "file"),
    )


def _put_back(plan: Plan, picked: pd.DataFrame) -> dict[str, Any]:
    """The changes to a plan that put records back.

    Those that reading set aside come back when the file is read, the others when it is cleaned.
    """
    by_reading = picked["step"] == "reading"
    read = list(plan.read)
    for source, lines in picked[by_reading].groupby("source")["line"]:
        options = read[int(source)]
        put_back = {*options.put_back, *map(int, lines)}
        read[int(source)] = options.replace(put_back=tuple(sorted(put_back)))
    others = picked.loc[~by_reading, ["source", "line"]].astype(int)
    back = dict.fromkeys(
        [*plan.clean.put_back, *others.itertuples(index=False, name=None)]
    )
    clean = plan.clean.replace(put_back=tuple(back))
    return {"read": tuple(read), "clean": clean}


def draw_changes(plan: Plan, saved: SavedTable) -> None:
    """Each cell changed, and each cell that looks odd and was left as it is."""
    names = [file.name for file in plan.files]
    numbers = [
        name
        for name, kind in saved.expression.schema().items()
        if kind.is_floating()
    ]
    for part, frame in (("changes", saved.changes), ("flags", saved.flags)):
        st.markdown(f"##### {say(f'ledger.{part}_title', count=len(frame))}")
        if frame.empty:
            continue
        shown = _words(frame, names)
        # The database writes every number with decimals; a whole one is shown without.
        is_text = ~frame["column"].isin(numbers)
        for column in {"value", "new"} & set(shown.columns):
            whole = frame[column].astype("string").str.removesuffix(".0")
            shown[column] = frame[column].where(is_text, whole)
        show_table("ledger", shown, key=widget_key("ledger", part), height=320)
        downloads(part, shown, key=widget_key("ledger", part, "file"))


def _words(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A part of the ledger with file names, steps and reasons in the reader's language."""

    def file_name(source: Any) -> str:
        return names[int(source)] if 0 <= int(source) < len(names) else str(source)

    def step_name(step: Any) -> str:
        return _first(f"cleaning.step.{step}", text=str(step))

    words: dict[str, Callable[[Any], str]] = {
        "source": file_name,
        "reason": _reason,
        "column": column_name,
        "step": step_name,
    }
    written = frame.copy()
    for name in words.keys() & set(frame.columns):
        texts = {value: words[name](value) for value in frame[name].unique()}
        written[name] = frame[name].map(texts)
    return written


def _reason(reason: Any) -> str:
    key, _, column = str(reason).partition(": ")
    places = ("cleaning", "reading", "linking")
    keys = (str(reason), *(f"{place}.reason.{key}" for place in places))
    text = _first(*keys, text=key)
    return f"{text}: {column_name(column)}" if column else text


def _first(*keys: str, text: str) -> str:
    return next((plain(key) for key in keys if has(key)), text)


def _titles(frame: pd.DataFrame) -> dict[str, str]:
    return {
        name: _first(f"ledger.column.{name}", text=name) for name in frame.columns
    }


def draw_versions(saved: SavedTable) -> None:
    """The versions kept of this table; any of them can be the current one again."""
    versions = workspace().versions(saved.name)
    if len(versions) < 2:
        return
    with st.expander(say("ledger.versions", count=len(versions))):
        for version in versions:
            with st.container(horizontal=True, vertical_alignment="center"):
                created = f"{version.created:%Y-%m-%d %H:%M}"
                text = say("ledger.version", created=created, rows=version.rows)
                st.markdown(text, width="stretch")
                key = widget_key("ledger", "restore", version.version)
                if version.current:
                    st.markdown(say("ledger.current"))
                elif st.button(say("ledger.restore"), key=key):
                    workspace().restore_version(version.version)
                    forget_versions()
                    st.rerun()
