"""Ahead: what to expect, how sure that is, and the series one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.anomalies import Anomalies, find_anomalies
from crm_analysis.analyses.forecast.series.selection import ALL
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.forecast import Asked
from crm_analysis.presentation.ui.forecast.words import called, legible, named, titled, unit
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.session import language, palette, plain, say

_SAME = 0.005  # of errors: two that differ by less are called the same
_LEVEL = 0.1  # a change up to this much may be called none, where the interval allows none
_LONG = 4  # horizons of history that are shown, at least
_SHOWN = {"day": 180, "week": 130, "month": 60, "quarter": 32, "year": 20}


def ahead(asked: Asked) -> None:
    """The answer in a sentence, in figures and as a fan; then all series."""
    told = numbers(asked)
    _sentence(asked, told)
    _draw_picture(asked)
    _draw_figures(told)
    if len(asked.names) > 1:
        _draw_series(asked)
    notes(own_notes(asked))


def numbers(asked: Asked) -> dict[str, Any]:
    """The series looked at, in numbers: the total ahead with its interval, and against the same periods a year before."""
    row = asked.row()
    plan = asked.of(asked.plan)
    model = float(row["total_ahead"])
    total = float(plan["value"].sum())
    times = total / model if model > 0 else 1.0
    bounds = {
        name: float(row[name]) * times if model > 0 else total
        for name in ("lo_80", "hi_80", "lo_95", "hi_95")
    }
    change = float(row["change"]) if pd.notna(row["change"]) else None
    told: dict[str, Any] = {"total": total, **bounds, "change": None, "direction": None, "row": row}
    if change is not None and total > 0:
        change = (1 + change) * times - 1
        low, high = (bounds[name] / total * (1 + change) - 1 for name in ("lo_80", "hi_80"))
        told |= {
            "change": change,
            "direction": "up"
            if low > 0
            else "down"
            if high < 0
            else "level"
            if abs(change) <= _LEVEL
            else "unclear",
        }
    return told


def _sentence(asked: Asked, told: dict[str, Any]) -> None:
    """The answer, and beside it how it did on earlier days: whoever reads no further must not take more from it than it holds."""
    key, details = _said(asked, told)
    answer(key, **details)
    tested = beside_naive(told["row"])
    if tested is not None:
        kind, beside = tested
        (st.warning if kind == "worse" else st.caption)(say(f"forecast.tested.{kind}", **beside))


def beside_naive(row: Mapping[str, Any]) -> Message | None:
    """Whether the forecast was "better", "worse" or the "same" on earlier days as repeating what was, and by what share; None where that is not known."""
    own, naive = row["mase"], row["mase_naive"]
    if pd.isna(own) or pd.isna(naive) or naive <= 0:
        return None
    further = float(own) / float(naive) - 1
    kind = "worse" if further > _SAME else "better" if further < -_SAME else "same"
    again = (
        "season" if row["season"] > 1 and row["points"] > 2 * row["season"] else "last"
    )  # of less there was no season to repeat on earlier days
    return Message(kind, {"share": abs(further), "again": again})


def _said(asked: Asked, told: dict[str, Any]) -> Message:
    row, found = told["row"], asked.forecast
    details: dict[str, Any] = {
        "horizon": found.horizon,
        "unit": unit(found.every, found.horizon),
        "measure": asked.what.measure,
        "total": told["total"],
        "low": told["lo_80"],
        "high": told["hi_80"],
    }
    if row["pattern"] in ("zero", "constant", "short"):
        return Message(
            f"forecast.headline.{row['pattern']}", {**details, "points": int(row["points"])}
        )
    if told["direction"] is None:
        return Message("forecast.headline.no_year", details)
    return Message(
        f"forecast.headline.{told['direction']}",
        {
            **details,
            "change": abs(told["change"]),
            "signed": told["change"],
        },
    )


def _draw_figures(told: dict[str, Any]) -> None:
    row = told["row"]
    items: list[dict[str, Any]] = [
        {
            "label": "forecast.figure.total",
            "value": told["total"],
            "help": "forecast.figure_help.total",
        },
        {
            "label": "forecast.figure.low",
            "value": told["lo_80"],
            "help": "forecast.figure_help.low",
            "help_details": {"wide": told["lo_95"]},
        },
        {
            "label": "forecast.figure.high",
            "value": told["hi_80"],
            "help": "forecast.figure_help.high",
            "help_details": {"wide": told["hi_95"]},
        },
    ]
    if told["change"] is not None:
        items.append(
            {
                "label": "forecast.figure.change",
                "value": told["change"],
                "style": "percent1",
                "help": "forecast.figure_help.change",
            }
        )
    if pd.notna(row["mase"]):
        naive = row["mase_naive"]
        item: dict[str, Any] = {
            "label": "forecast.figure.mase",
            "value": row["mase"],
            "style": "number2",
            "help": "forecast.figure_help.mase",
        }
        if pd.notna(naive) and naive > 0:
            item |= {"help_details": {"naive": float(naive)}}
        else:
            item |= {"help": "forecast.figure_help.mase_alone"}
        items.append(item)
    if pd.notna(row["coverage_80"]):
        covered = {
            "value": row["coverage_80"],
            "style": "percent",
            "help": "forecast.figure_help.coverage",
            "help_details": {"wide": float(row["coverage_95"])},
        }
        items.append({"label": "forecast.figure.coverage", **covered})
    rows = (
        (items[:3], items[3:]) if len(items) == 5 else (items,)
    )  # five in a row leave no room for their names
    for some in rows:
        figures(some)


def _draw_picture(asked: Asked) -> None:
    found = asked.forecast
    history = asked.of(found.history)
    whole = False
    keep = max(_SHOWN[found.every], _LONG * found.horizon)
    if len(history) > keep:
        whole = st.toggle(say("forecast.whole"), key="forecast-whole", persist_state="session")
    if not whole:
        history = history.tail(keep)
    row = asked.row()
    tested = asked.of(found.backtest)
    tested = tested[(tested["model"] == row["model"]) & (tested["date"] >= history["date"].min())]
    marks = _marks(asked, history)
    plan = asked.of(asked.plan)
    figure = pictures.ahead(
        history,
        plan,
        tested,
        marks,
        language(),
        measure=asked.what.measure,
        every=found.every,
        by_hand=plan[plan["overridden"]],
        palette=palette(),
    )
    key, details = _said(asked, numbers(asked))
    chart(figure, key="forecast_ahead", alt=plain(key, **details), height=470)
    if pictures.reach(history, plan) is not None:
        st.caption(say("forecast.beyond", high=float(plan["hi_95"].max())))
    set_by_hand = asked.overridden.summary()
    if set_by_hand["overridden"]:
        st.caption(
            say(
                "forecast.by_hand",
                count=int(set_by_hand["overridden"]),
                total=set_by_hand["model_total"],
                now=set_by_hand["total"],
            )
        )


def anomalies(asked: Asked) -> Anomalies:
    """What stands out in the series looked at."""
    return run(find_anomalies, asked.one()).value


def _marks(asked: Asked, history: pd.DataFrame) -> pd.DataFrame:
    """What stands out, what is left out and where nothing is known, each with words for it."""
    found = anomalies(asked).marks
    text = [
        plain(f"planning.kind.{kind}")
        + plain("forecast.colon")
        + plain(f"planning.reason.{reason}")
        for kind, reason in zip(found["kind"], found["reason"], strict=True)
    ]
    odd = found.assign(kind="odd", text=text)[["date", "value", "kind", "text"]]
    out = history[history["mark"].isin(["left_out", "outlier"])].assign(
        kind="left_out", text=plain("forecast.picture.left_out")
    )[["date", "value", "kind", "text"]]
    both = pd.concat([part for part in (odd, out) if len(part)]) if len(odd) or len(out) else odd
    return both[both["value"].notna() & (both["date"] >= history["date"].min())]


def own_notes(asked: Asked) -> list[Message]:
    """Remarks on the series looked at, and on the totals; of all series where the total is looked at, at most a few."""
    mine = [
        Message(key, called(details, asked.names))
        for key, details in asked.forecast.notes
        if details.get("series") == asked.shown
    ]
    rest = asked.reconciled.notes if asked.reconciled is not None else ()
    return [
        *mine,
        *(
            Message(key, called(details, asked.names))
            for key, details in (*rest, *asked.overridden.notes)
        ),
    ]


def _draw_series(asked: Asked) -> None:
    """All series, a row each; the one that is picked is shown above."""
    found = asked.forecast
    table = found.series[found.series["series"] != ALL]
    better = table["mase"] < table["mase_naive"]
    known = table[["mase", "mase_naive"]].notna().all(axis=1)
    answer(
        "forecast.all_series", count=len(table), better=int(better.sum()), known=int(known.sum())
    )
    shown = series_table(asked)
    picked = show_table(
        "forecast",
        legible(named(shown, asked.names)),
        key="forecast_series",
        styles={"line": "trend", "mase": "number2", "mase_naive": "number2", "change": "percent"},
        height=min(560, 38 + 35 * len(shown)),
        select=True,
    )
    st.caption(say("forecast.pick"))
    if picked:
        name = str(shown["series"].iloc[picked[0]])
        if name != st.session_state.get("forecast-picked_last"):
            st.session_state["forecast-picked_last"] = name
            if name != asked.shown:
                st.session_state["forecast-picked"] = name
                st.rerun()
    downloads(
        "forecast_series",
        titled(shown.drop(columns="line"), asked.names),
        key="forecast_series_file",
    )


def series_table(asked: Asked) -> pd.DataFrame:
    """Series, a line of what was and will be, total ahead with interval, change, accuracy, model."""
    found, plan = asked.forecast, asked.plan
    past = found.history.groupby("series", sort=False)["value"].apply(
        lambda column: column.tail(_SHOWN[found.every] // 2).tolist()
    )
    coming = plan.groupby("series", sort=False)["value"].apply(list)
    lines = _bridged(
        {str(name): [*past.get(name, []), *coming.get(name, [])] for name in found.series["series"]}
    )
    planned = plan.groupby("series", sort=False)["value"].sum()
    table = found.series
    times = (table["series"].map(planned) / table["total_ahead"]).where(
        table["total_ahead"] > 0, 1.0
    )
    tongue = language()
    return pd.DataFrame(
        {
            "series": table["series"].astype(str),
            "line": [lines[str(name)] for name in table["series"]],
            "total_ahead": table["series"].map(planned),
            "change": (1 + table["change"]) * times - 1,
            "mase": table["mase"],
            "model": [_models(parts, tongue) for parts in table["parts"]],
            "lo_80": table["lo_80"] * times,
            "hi_80": table["hi_80"] * times,
            "mase_naive": table["mase_naive"],
            "pattern": [plain(f"forecast.pattern.{kind}") for kind in table["pattern"]],
        }
    )


def _bridged(values: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """Numbers for a line in a table: gaps bridged, for a line cannot be broken there."""
    return {
        name: pd.Series(line, dtype=float)
        .interpolate(limit_direction="both")
        .fillna(0.0)
        .round(3)
        .tolist()
        for name, line in values.items()
    }


def _models(parts: str, tongue: Any) -> str:
    """The models of a forecast in words: a model fitted to levels and to logarithms is said once."""
    names = dict.fromkeys(
        pictures.model_name(part.removesuffix("_log"), tongue)
        for part in str(parts).split(", ")
        if part
    )
    return " + ".join(names)
