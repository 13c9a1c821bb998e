"""The next customers of a test, shared among its cells by the chance of each to be the best."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import sent
from crm_analysis.analyses.strategy import CellOptions, share_cells
from crm_analysis.presentation.pictures import fronts as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    controls,
    how,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import Planning, tables

_MOST = 12  # cells taken from a log
_BEST = "strategy.cells.note.best"


def draw(planning: Planning) -> None:
    """What came of each cell, to edit; its chance to be the best; who gets how many next."""
    st.markdown(say("strategy.cells.page.about"))
    options = controls(
        "strategy.cells",
        CellOptions,
        key=widget_key("strategy", "cells"),
        only=("customers", "floor"),
        high={"customers": 1_000_000},
        start=CellOptions(outcomes=("responded", "nothing"), floor=0.05),
    )
    with st.expander(say("strategy.cells.page.edit_title"), icon=":material/edit:"):
        st.markdown(say("strategy.table.edit"))
        cells = tables.edited("cells", _usual(planning), texts=("cell",))
    asked = run(share_cells, tables.by_hand(cells), options)
    result = asked.value
    best = [note for note in result.notes if note.key == _BEST]
    if best:
        with starred(asked):
            answer(best[0].key, **best[0].details)
    chart(
        pictures.cells(result.cells, plain("strategy.cells.column.worth")),
        key=widget_key("strategy", "cells", "chart"),
        alt=plain("strategy.cells.page.chart"),
        height=110 + 48 * len(result.cells),
    )
    notes(note for note in result.notes if note not in best)
    styles = dict.fromkeys(("worth", "lo", "hi", "best", "loss"), "percent")
    tables.listing("cells", result.cells, "table", styles=styles)
    columns = {str(name): cells[name].tolist() for name in cells.columns}
    code = [
        "import pandas as pd",
        "",
        "import crm_analysis as crm",
        "",
        f"cells = pd.DataFrame({columns!r})",
        f"shares = crm.share_cells(cells, crm.{options.in_python()})",
        "print(shares.cells)",
    ]
    how("strategy.how.cells", "\n".join(code))


def _usual(planning: Planning) -> pd.DataFrame:
    """The channels of the log with their answers; without one two cells that are empty yet."""
    log = planning.source.contacts
    if log is not None and {"channel", "responded"} <= set(log.value.columns):
        counted = run(_answers, log).value
        if len(counted):
            return counted
    return pd.DataFrame(
        {"cell": ["A", "B"], "responded": [0.0, 0.0], "nothing": [0.0, 0.0]}
    )


def _answers(log: pd.DataFrame) -> pd.DataFrame:
    """How many contacts by each channel were answered, and how many not."""
    made = sent(log)
    known = made[made["channel"].notna() & made["responded"].notna()]
    came = known["responded"].astype(float)
    by = came.groupby(known["channel"].astype(str), sort=True).agg(["sum", "size"])
    most = by.sort_values("size", ascending=False, kind="stable").head(_MOST)
    return pd.DataFrame(
        {
            "cell": most.index.to_numpy(dtype=object),
            "responded": most["sum"].to_numpy(dtype=float),
            "nothing": (most["size"] - most["sum"]).to_numpy(dtype=float),
        }
    )
