"""What was changed: the sums that add up, each step with its effect, each record set aside, each cell changed."""

from __future__ import annotations

import dataclasses

import pandas as pd
import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import answer, downloads, figures, key_of_rows, show_table
from crm_analysis.presentation.ui.editing import apply
from crm_analysis.presentation.ui.session import column_name, plain, say
from crm_analysis.workspace import SavedTable

_PARTS = ("header", "preamble", "units", "blank", "set_aside", "duplicates", "kept")
_NO_ROWS = ("header", "preamble", "units", "blank")
_MONEY = ("money_kept", "money_set_aside", "money_duplicates", "money_edits")
_ALWAYS = ("types",)


def draw_sums(saved: SavedTable) -> None:
    """Records in = header + … + kept, and the same for money."""
    sums = saved.summary()
    rows = (sums["records_in"] or 0) - sum(sums[part] or 0 for part in _NO_ROWS)
    answer(
        "ledger.headline_all" if rows == sums["kept"] else "ledger.headline",
        rows=rows,
        kept=sums["kept"],
        changed=sums["cells_changed"],
    )
    figures(
        [
            {"label": "ledger.records_in", "value": sums["records_in"]},
            {"label": "ledger.kept", "value": sums["kept"]},
            {"label": "ledger.set_aside", "value": sums["set_aside"]},
            {"label": "ledger.duplicates", "value": sums["duplicates"]},
            {"label": "ledger.cells_changed", "value": sums["cells_changed"]},
            {"label": "ledger.flags", "value": sums["flags"]},
        ]
    )
    shown = [part for part in _PARTS if sums[part]]
    st.markdown(
        say(
            "ledger.adds_up",
            total=sums["records_in"],
            parts=[plain(f"ledger.part.{part}", count=sums[part]) for part in shown],
        )
    )
    if sums.get("money_read") is not None:
        parts = [
            plain(f"ledger.part.{part}", count=sums[part])
            for part in _MONEY
            if part == "money_kept" or sums[part]
        ]
        st.markdown(say("ledger.money_adds_up", total=sums["money_read"], parts=parts))


def draw_steps(plan: Plan, saved: SavedTable) -> None:
    """Each step with its effect; a step can be undone and done again."""
    steps = saved.steps
    shown = steps[(steps["cells"] > 0) | (steps["rows"] > 0) | ~steps["on"].astype(bool)]
    st.markdown(f"##### {say('ledger.steps')}")
    if shown.empty:
        st.caption(say("ledger.no_steps"))
    for row in shown.to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            step = str(row["step"])
            st.markdown(
                say(
                    "ledger.step",
                    name=plain(f"cleaning.step.{step}"),
                    cells=int(row["cells"]),
                    rows=int(row["rows"]),
                ),
                width="stretch",
            )
            if step in _ALWAYS or step == "reading":
                continue
            undone = step in plan.clean.undo
            if st.button(say("ledger.redo" if undone else "ledger.undo"), key=f"undo_{step}"):
                undo = (
                    tuple(one for one in plan.clean.undo if one != step)
                    if undone
                    else (*plan.clean.undo, step)
                )
                apply(dataclasses.replace(plan, clean=plan.clean.replace(undo=undo)))


def draw_set_aside(plan: Plan, saved: SavedTable) -> None:
    """The records that are not in the table, set aside or repeated; those selected are put back."""
    aside = saved.set_aside
    if aside.empty:
        st.markdown(f"##### {say('ledger.none_left_out')}")
        return
    sums = saved.summary()
    parts = [
        plain(f"ledger.part.{part}", count=sums[part])
        for part in ("set_aside", "duplicates")
        if sums[part]
    ]
    title = {"count": len(aside), "parts": parts}
    st.markdown(f"##### {say('ledger.left_out_title', **title)}")
    names = [file.name for file in plan.files]
    shown = _words(aside, names)
    event = st.dataframe(
        shown.head(5_000),
        hide_index=True,
        key=key_of_rows("set_aside", aside[["source", "line", "step"]]),
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_titles(shown),
        alt=plain("ledger.left_out_title", **title),
    )
    picked = aside.iloc[list(event["selection"]["rows"])]
    with st.container(horizontal=True):
        if st.button(
            say("ledger.put_back", count=len(picked)), disabled=picked.empty, key="put_back"
        ):
            apply(_with_put_back(plan, picked))
    downloads("set_aside", lambda: shown, key="set_aside_file")


def _with_put_back(plan: Plan, picked: pd.DataFrame) -> Plan:
    """Records that reading set aside are put back when the file is read, the others when it is cleaned."""
    reading = picked[picked["step"] == "reading"]
    read = list(plan.read)
    for source, lines in reading.groupby("source")["line"]:
        at = int(source)
        read[at] = read[at].replace(put_back=tuple(sorted({*read[at].put_back, *map(int, lines)})))
    others = picked[picked["step"] != "reading"]
    back = tuple(
        (int(source), int(line))
        for source, line in zip(others["source"], others["line"], strict=True)
    )
    return dataclasses.replace(
        plan,
        read=tuple(read),
        clean=plan.clean.replace(put_back=tuple(dict.fromkeys([*plan.clean.put_back, *back]))),
    )


def draw_changes(plan: Plan, saved: SavedTable) -> None:
    """Each cell changed, and each cell that looks odd and was left as it is."""
    names = [file.name for file in plan.files]
    numbers = [name for name, kind in saved.expression.schema().items() if kind.is_floating()]
    for part, title in (
        (saved.changes, "ledger.changes_title"),
        (saved.flags, "ledger.flags_title"),
    ):
        word = title.removeprefix("ledger.").removesuffix("_title")
        st.markdown(f"##### {say(title, count=len(part))}")
        if part.empty:
            continue
        shown = _words(part, names)
        for told in {"value", "new"} & set(
            shown.columns
        ):  # the database writes every number with decimals; a whole one is shown without
            shown[told] = part[told].where(
                ~part["column"].isin(numbers), part[told].astype("string").str.removesuffix(".0")
            )
        show_table("ledger", shown, key=f"{word}_table", height=320)
        downloads(word, shown, key=f"{word}_file")


def _words(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A part of the ledger with file names, steps and reasons in the reader's language."""
    made = frame.copy()
    made["source"] = [
        names[int(at)] if 0 <= int(at) < len(names) else str(at) for at in frame["source"]
    ]
    if "reason" in made.columns:
        made["reason"] = frame["reason"].map(
            {reason: _reason(str(reason)) for reason in frame["reason"].unique()}
        )
    if "column" in made.columns:
        made["column"] = frame["column"].map(
            {column: column_name(column) for column in frame["column"].unique()}
        )
    if "step" in made.columns:
        made["step"] = frame["step"].map(
            {
                step: _first(f"cleaning.step.{step}", text=str(step))
                for step in frame["step"].unique()
            }
        )
    return made


def _reason(reason: str) -> str:
    key, _, column = reason.partition(": ")
    text = _first(reason, f"cleaning.reason.{key}", f"reading.reason.{key}", text=key)
    return f"{text}: {column_name(column)}" if column else text


def _first(*keys: str, text: str) -> str:
    from crm_analysis.wording import has

    return next((plain(key) for key in keys if has(key)), text)


def _titles(frame: pd.DataFrame) -> dict[str, str]:
    return {name: _first(f"ledger.column.{name}", text=name) for name in frame.columns}


def draw_versions(saved: SavedTable) -> None:
    """The versions kept of this table; any of them can be the current one again."""
    from crm_analysis.presentation.ui.session import workspace

    versions = workspace().versions(saved.name)
    if len(versions) < 2:
        return
    with st.expander(say("ledger.versions", count=len(versions))):
        for version in versions:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    say(
                        "ledger.version",
                        created=f"{version.created:%Y-%m-%d %H:%M}",
                        rows=version.rows,
                    ),
                    width="stretch",
                )
                if version.current:
                    st.markdown(say("ledger.current"))
                elif st.button(say("ledger.restore"), key=f"restore_{version.version}"):
                    workspace().restore_version(version.version)
                    st.rerun()
