"""A budget shared among channels or segments whose returns diminish: exact, and by searches."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    AllocateOptions,
    allocate_budget,
    response_curves,
)
from crm_analysis.analyses.strategy.budget import SearchName
from crm_analysis.presentation.pictures import fronts as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    controls,
    how,
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
from crm_analysis.presentation.ui.strategy.methods_table import (
    STYLES,
    method_table,
    say_how_short,
)
from crm_analysis.wording import say_title

_BESIDE: tuple[SearchName, ...] = ("ga", "pso", "dirichlet")
_USUAL = 1_000.0
_SAYS_METHOD = "strategy.methods."


def draw(planning: Planning) -> None:
    """The curves to edit, the shares in a sentence and a picture, the methods beside."""
    columns = planning.table.value.columns
    offered = [name for name in ("channel", "segment") if name in columns]
    by = switch(
        "strategy.shares.page.by",
        offered,
        "strategy.shares.page.by_{}",
        key=widget_key("strategy", "shares", "by", *offered),
    )
    suggested = run(response_curves, planning.table, by).value
    options = _options(planning)
    with st.expander(
        say("strategy.shares.page.edit_title"), icon=":material/edit:"
    ):
        st.markdown(say("strategy.table.edit"))
        usual = suggested.assign(least=float("nan"), most=float("nan"))
        curves = tables.edited("shares", usual, texts=(by,), of=by)
    kept = curves.dropna(axis=1, how="all").reindex(columns=_columns(curves, by))
    asked = run(allocate_budget, tables.by_hand(kept), options)
    result = asked.value
    shares, methods = result.shares, result.methods
    first = shares.loc[shares["spend"].idxmax()]
    word = "sentence" if float(shares["spend"].sum()) > 0 else "nothing"
    details = {
        "total": options.total,
        "name": first[by],
        "spend": float(first["spend"]),
        "gain": float(shares["gain"].sum()),
        "price": result.price,
    }
    with starred(asked):
        answer(f"strategy.shares.page.{word}", **details)
    titles = [
        say_title(f"strategy.shares.column.{name}", language())
        for name in ("spend", "gain")
    ]
    chart(
        pictures.shares(shares, by, (titles[0], titles[1]), language()),
        key=widget_key("strategy", "shares", "chart"),
        alt=plain(f"strategy.shares.page.{word}", **details),
        height=120 + 64 * len(shares),
    )
    tables.listing("shares", shares, "table", styles={"share": "percent"})
    said = [note for note in result.notes if note.key.startswith(_SAYS_METHOD)]
    notes(note for note in result.notes if note not in said)
    say_how_short(methods, said)
    tables.listing("methods", method_table(methods), "of_shares", styles=STYLES)
    _how(kept, options)


def _options(planning: Planning) -> AllocateOptions:
    usual = planning.limits.budget
    if usual is None:
        usual = _spent(planning)
    return controls(
        "strategy.shares",
        AllocateOptions,
        key=widget_key("strategy", "shares"),
        only=("total", "evaluations", "seeds"),
        high={"evaluations": 100_000, "seeds": 10},
        start=AllocateOptions(total=usual, beside=_BESIDE),
    )


def _spent(planning: Planning) -> float:
    """What the plan spends where nothing limits it."""
    cost = float(planning.plan.value.chosen["cost"].sum())
    return round(cost) or _USUAL


def _columns(curves: pd.DataFrame, by: str) -> list[str]:
    """Those that have to be there, and of the others those that say something."""
    ends = [name for name in ("least", "most") if curves[name].notna().any()]
    return [by, "a", "b", *ends]


def _how(curves: pd.DataFrame, options: AllocateOptions) -> None:
    columns = {str(name): curves[name].tolist() for name in curves.columns}
    code = [
        "import pandas as pd",
        "",
        "import crm_analysis as crm",
        "",
        f"channels = pd.DataFrame({columns!r})",
        f"shares = crm.allocate_budget(channels, crm.{options.in_python()})",
        "print(shares.shares, shares.methods)",
    ]
    how("strategy.how.shares", "\n".join(code))
