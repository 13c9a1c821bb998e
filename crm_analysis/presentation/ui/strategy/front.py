"""What if: all that can be had of several aims together, and the plan behind each point of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    Front,
    FrontOptions,
    Plan,
    PlanOptions,
    pareto_front,
)
from crm_analysis.analyses.strategy.comparison import timed
from crm_analysis.analyses.strategy.evolution import hypervolume
from crm_analysis.analyses.strategy.held_out import held_out
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import fronts as pictures
from crm_analysis.presentation.ui import (
    answer,
    blocks,
    chart,
    choice_text,
    figures,
    how,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.strategy import (
    Planning,
    in_words,
    sources,
    tables,
)
from crm_analysis.wording import named_by, write_number

_AIMS = ("profit", "reach", "leavers", "fatigue", "cost")
_MOST_AIMS = 3
_LARGE = ("profit", "reach")  # is good; of the others small is
_SEARCHES = ("nsga2", "spea2")
_POINTS, _EVALUATIONS = 400, 4_000
_LISTED = (
    *("customer", "action", "channel", "segment", "value", "risk"),
    *("profit", "cost", "points", "source", "arm"),
)


class _Timed(NamedTuple):
    """A front, and the CPU seconds it took."""

    front: Front
    seconds: float


def draw(planning: Planning) -> None:
    """The curve, a point of it picked by a click or the slider, and the list behind that."""
    aims = _aims(planning)
    if len(aims) < 2 or not {*aims} & {"profit", "reach", "leavers"}:
        st.info(say("strategy.what_if.choose"), icon=":material/info:")
        return
    limits = planning.limits.replace(budget=None)
    options = FrontOptions(objectives=aims, points=_POINTS)
    asked = run(_timed, planning.table, options, limits)
    exact = asked.value
    front, plan = exact.front, _plan(planning)
    points = front.points
    beside = _beside(planning, options, limits)
    key, details = _sentence(front, plan, planning)
    with starred(asked.part("front")):
        answer(key, **details)
    sources(planning)
    at_present = None if plan is None else _comes_to(plan, front)
    picked = _picked(planning, front, at_present)
    place = (
        None if at_present is None else (at_present[aims[0]], at_present[aims[1]])
    )
    if len(points) > 1:
        chart(
            pictures.front(
                points,
                aims,
                language(),
                picked=picked.point,
                searched=[(name, search.front.points) for name, search in beside],
                present=place,
                budget=planning.limits.budget,
            ),
            key=picked.chart,
            alt=plain(key, **details),
            height=430,
            select="points",
        )
        st.caption(say("strategy.what_if.click"))
        if not points["supported"].all():
            st.caption(say("strategy.what_if.supported"))
        _slider(front, picked)
    _worth(exact, beside)
    notes(front.notes)
    _list(planning, front, picked.point, at_present)
    how(
        "strategy.how.what_if",
        planning.code(
            f"options = crm.{options.in_python()}",
            "front = crm.pareto_front(table, options, limits.replace(budget=None))",
            "print(front.points)",
            f"print(front.plan({picked.point}))",
        ),
    )


def _timed(
    table: pd.DataFrame,
    options: FrontOptions,
    limits: PlanOptions,
    progress: Progress = no_progress,
) -> _Timed:
    fronts: list[Front] = []

    def search() -> tuple[float, int]:
        fronts.append(pareto_front(table, options, limits, progress))
        return 0.0, 1

    seconds = timed(search).cpu
    return _Timed(fronts[0], seconds)


def _aims(planning: Planning) -> tuple[Any, ...]:
    """Two or three aims of those that the options of the plan say."""
    table = planning.table.value
    known = {"cost", "reach"}
    if planning.promises_profit:
        known |= {"profit"}
        known |= {"leavers"} if _says(table, "kept") else set()
    known |= {"fatigue"} if _says(table, "points") else set()
    offered = [name for name in _AIMS if name in known]
    first = "profit" if "profit" in known else "reach"
    chosen = remembered(
        st.pills,
        say("strategy.what_if.aims"),
        offered,
        selection_mode="multi",
        default=[first, "cost"],
        format_func=choice_text("strategy.objective.{}"),
        key=widget_key("strategy", "what_if", "aims", first),
        help=say("strategy.what_if.aims_help"),
    )
    return tuple(name for name in _AIMS if name in chosen)[:_MOST_AIMS]


def _says(table: pd.DataFrame, column: str) -> bool:
    """Whether options differ in a column."""
    return column in table.columns and bool(table[column].fillna(0.0).ne(0).any())


def _beside(
    planning: Planning, options: FrontOptions, limits: PlanOptions
) -> list[tuple[str, _Timed]]:
    """The fronts of the searches that were chosen to stand beside the exact one."""
    chosen = remembered(
        st.pills,
        say("strategy.what_if.beside"),
        _SEARCHES,
        selection_mode="multi",
        default=[],
        format_func=choice_text("strategy.method.{}"),
        key=widget_key("strategy", "what_if", "beside"),
        help=say("strategy.what_if.beside_help", evaluations=_EVALUATIONS),
    )
    searches = []
    for name in _SEARCHES:
        if name in chosen:
            searched = options.replace(method=name, evaluations=_EVALUATIONS)
            searches.append(
                (name, run(_timed, planning.table, searched, limits).value)
            )
    return searches


def _plan(planning: Planning) -> Plan | None:
    """The plan as its limits are; None where they clash, which other tabs say."""
    try:
        return planning.plan.value
    except AnalysisError:
        return None


def _comes_to(plan: Plan, front: Front) -> dict[str, float]:
    """What the present plan comes to in each aim."""
    chosen = plan.chosen
    totals = {
        "profit": chosen["profit"].sum() if "profit" in chosen else np.nan,
        "cost": chosen["cost"].sum(),
        "fatigue": chosen["points"].sum() if "points" in chosen else 0.0,
        "reach": len(chosen),
    }
    aims = front.options.objectives
    if "leavers" in aims:
        table = front.considered.table
        first = table.drop_duplicates("customer")
        base = first["risk"].fillna(0.0).sum() if "risk" in first else 0.0
        totals["leavers"] = base - chosen["kept"].sum()
    return {name: float(totals[name]) for name in aims}


def _sentence(
    front: Front, plan: Plan | None, planning: Planning
) -> tuple[str, dict[str, Any]]:
    points, aims = front.points, front.options.objectives
    if len(points) == 1:
        return "strategy.what_if.one", {}
    top = points.loc[points[aims[0]].idxmax()]
    if aims == ("profit", "cost"):
        most = {"most": float(top["profit"]), "top": float(top["cost"])}
        if plan is None:
            return "strategy.what_if.most", most
        has = plan.summary()
        profit = has["profit"] or 0.0
        short = most["most"] - profit > 0.005 * most["most"]
        word = "more" if short else "enough"
        now = {"profit": profit, "cost": has["cost"]}
        return f"strategy.what_if.{word}", {**most, **now}
    if aims == ("reach", "cost"):
        most = {"most": float(top["reach"]), "top": float(top["cost"])}
        has = {"contacted": 0.0, "cost": 0.0} if plan is None else plan.summary()
        return "strategy.what_if.reach", {
            **most,
            "contacted": has["contacted"],
            "cost": has["cost"],
        }
    first, second = aims[:2]
    return "strategy.what_if.between", {
        "count": len(points),
        "first": plain(f"strategy.objective.{first}"),
        "second": plain(f"strategy.objective.{second}"),
        "first_lo": _written(first, points[first].min()),
        "first_hi": _written(first, points[first].max()),
        "second_lo": _written(second, points[second].min()),
        "second_hi": _written(second, points[second].max()),
    }


def _written(aim: str, value: float) -> str:
    style = named_by(f"strategy.objective.{aim}") or "number"
    return write_number(float(value), style, language())


class _Picked(NamedTuple):
    """The point looked at, and the keys of the two widgets that pick it."""

    point: int
    chart: str
    slider: str


def _picked(
    planning: Planning, front: Front, at_present: dict[str, float] | None
) -> _Picked:
    """The point clicked on last, or the one of the slider; the present plan's at first."""
    aims = ".".join(front.options.objectives)
    digest = f"{planning.table.fingerprint[:8]}{planning.limits.fingerprint()[:8]}"
    slider = widget_key("strategy", "what_if", "point", aims, digest)
    figure, seen = f"{slider}.chart", f"{slider}.seen"
    clicked = [int(name) for name in blocks.selected(figure) if str(name).isdigit()]
    if clicked != st.session_state.get(seen, []):
        st.session_state[seen] = clicked
        if clicked:
            st.session_state[slider] = clicked[0]
    there = set(front.points["point"])
    if st.session_state.get(slider) not in there:
        st.session_state[slider] = _nearest(front, at_present)
    return _Picked(int(st.session_state[slider]), figure, slider)


def _nearest(front: Front, at_present: dict[str, float] | None) -> int:
    """The point that is most like the present plan; the last one where there is none."""
    points, aims = front.points, list(front.options.objectives)
    if at_present is None or not np.isfinite(list(at_present.values())).all():
        return int(points["point"].iloc[-1])
    span = np.ptp(points[aims].to_numpy(), axis=0)
    apart = points[aims] - [at_present[name] for name in aims]
    far = (apart / np.where(span > 0, span, 1.0)).pow(2).sum(axis=1)
    return int(points["point"].loc[far.idxmin()])


def _slider(front: Front, picked: _Picked) -> None:
    aims = front.options.objectives
    order = front.points.sort_values(aims[1], kind="stable")
    texts = {
        int(point): _written(aims[1], value)
        for point, value in zip(order["point"], order[aims[1]], strict=True)
    }
    st.select_slider(
        say("strategy.what_if.slider", aim=plain(f"strategy.objective.{aims[1]}")),
        list(texts),
        format_func=texts.__getitem__,
        key=picked.slider,
    )


def _worth(exact: _Timed, beside: Sequence[tuple[str, _Timed]]) -> None:
    """How much of the exact front each search has found, and after how long."""
    if not beside:
        return
    aims = exact.front.options.objectives
    signs = np.array([-1.0 if name in _LARGE else 1.0 for name in aims])
    best = exact.front.points[list(aims)].to_numpy() * signs
    reference = best.max(axis=0)
    whole = hypervolume(best, reference)
    lines = [say("strategy.methods.exact", seconds=exact.seconds)]
    for name, search in beside:
        points = search.front.points[list(aims)].to_numpy() * signs
        part = hypervolume(points, reference) / whole if whole > 0 else 1.0
        lines.append(
            say(
                "strategy.what_if.covers",
                method=name,
                share=min(part, 1.0),
                seconds=search.seconds,
            )
        )
    st.markdown(" ".join(lines))


def _list(
    planning: Planning,
    front: Front,
    point: int,
    at_present: dict[str, float] | None,
) -> None:
    """What the point comes to, beside the present plan, and who gets what there."""
    row = front.points.set_index("point").loc[point]
    items = []
    for name in front.options.objectives:
        key = f"strategy.objective.{name}"
        item: dict[str, Any] = {"label": key, "value": float(row[name])}
        if at_present is not None and np.isfinite(at_present[name]):
            item |= {
                "delta": float(row[name]) - at_present[name],
                "delta_style": named_by(key) or "number",
                "delta_color": "normal" if name in _LARGE else "inverse",
            }
        items.append(item)
    chosen = front.plan(point)
    st.markdown(f"##### {say('strategy.what_if.list', customers=len(chosen))}")
    figures(items)
    if at_present is not None:
        st.caption(say("strategy.what_if.against"))
    if chosen.empty:
        return
    listed = chosen.assign(arm=held_out(chosen, planning.limits))
    listed = listed[[name for name in _LISTED if name in listed.columns]]
    if not _says(chosen, "points"):
        listed = listed.drop(columns="points", errors="ignore")
    if not planning.promises_profit:
        listed = listed.drop(columns="profit", errors="ignore")
    tables.listing(
        "what_if",
        in_words(planning, listed),
        "list",
        styles={"risk": "percent"} if "risk" in listed.columns else {},
        height=320,
    )
