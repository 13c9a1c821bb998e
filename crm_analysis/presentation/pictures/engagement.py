"""What contacts bring → figures: rates, intervals about nothing, curves, hours, pressure."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.engagement import FEWEST_SENDS, Uplift
from crm_analysis.presentation import charts
from crm_analysis.wording import Language, say, say_title

_QUIET = "rgba(128,140,158,0.22)"
_GREY = "#8A96A5"


def caption(name: str, language: Language) -> str:
    """What an axis or a line is called."""
    return say_title(f"engagement.column.{name}", language)


def weekday(number: int, language: Language) -> str:
    """The name of a weekday, Monday being 1."""
    return say(f"engagement.weekday.{number}", language)


def with_names(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The table with its weekdays by name."""
    if "weekday" not in table.columns:
        return table
    names = [weekday(int(number), language) for number in table["weekday"]]
    return table.assign(weekday=names)


def rates(table: pd.DataFrame, by: str, language: Language) -> go.Figure:
    """The share that answered, with its interval, a row a channel, campaign, month, weekday."""
    return charts.ranges(
        with_names(table, language),
        category=by,
        value="rate",
        low="lo",
        high="hi",
        x_title=caption("rate", language),
        tick=".0%",
    )


def _about_nothing(
    table: pd.DataFrame,
    title: str,
    tick: str = ",.3~g",
    *,
    group: str = "",
    quiet: bool = False,
) -> go.Figure:
    """A difference with its interval for each name, about a line at nothing; grey if `quiet`."""
    figure = charts.ranges(
        table,
        category="name",
        value="difference",
        low="lo",
        high="hi",
        x_title=title,
        tick=tick,
        group=group,
    )
    if quiet:
        figure.update_traces(marker_color=_GREY, error_x_color=_GREY)
    return figure.add_vline(x=0, line_dash="dot", line_width=2, line_color=_GREY)


_DIFFERENCE = ("difference", "lo", "hi")


def campaigns(
    table: pd.DataFrame, measure: str, language: Language, *, quiet: bool = False
) -> go.Figure:
    """The difference a customer of each campaign, about a line at nothing; in grey if `quiet`."""
    claims = [
        say(f"engagement.claim.{claim}", language) for claim in table["claim"]
    ]
    title = say_title(f"engagement.measure.{measure}", language)
    tick = ".1~%" if measure == "customers" else ",.3~g"
    table = table.assign(name=table["campaign"], group=claims)
    return _about_nothing(table, title, tick, group="group", quiet=quiet)


def pooled(
    table: pd.DataFrame, common: pd.DataFrame, language: Language
) -> go.Figure:
    """Each campaign as read alone, and drawn towards what they have in common, which ends it."""
    parts = [
        pd.DataFrame(
            {
                "name": table["campaign"],
                "group": caption(kind, language),
                "difference": table[kind],
                "lo": table[f"{kind}_lo"],
                "hi": table[f"{kind}_hi"],
            }
        )
        for kind in ("raw", "shrunken")
    ]
    average = common.assign(
        name=caption("common", language),
        group=caption("common", language),
        difference=common["mean"],
    )
    rows = pd.concat([*parts, average[list(parts[0].columns)]])
    measure = say_title(f"engagement.measure.{table['measure'].iloc[0]}", language)
    return _about_nothing(rows, measure, group="group")


def effects(table: pd.DataFrame, language: Language, *, quiet: bool) -> go.Figure:
    """The difference over the control's mean of each outcome and arm; in grey before its day.

    Of amounts by bootstrap and with the largest percent cut down too, beside.
    """
    shown = table[table["lo"].notna()]
    base = shown["control_mean"].abs().where(shown["control_mean"] != 0, 1.0)
    name = shown["outcome"].astype(str) + " · " + shown["arm"].astype(str)
    shown = shown.assign(
        base=base, name=name, group=caption("as_measured", language)
    )
    amounts = shown[shown["boot_lo"].notna() & shown["winsor"].notna()]
    by_bootstrap = amounts.assign(
        group=caption("bootstrap", language),
        lo=amounts["boot_lo"],
        hi=amounts["boot_hi"],
    )
    cut_down = amounts.assign(
        group=caption("winsor", language),
        difference=amounts["winsor"],
        lo=amounts["winsor_lo"],
        hi=amounts["winsor_hi"],
    )
    rows = pd.concat([shown, by_bootstrap, cut_down], ignore_index=True)
    for column in _DIFFERENCE:
        rows[column] = rows[column] / rows["base"]
    title = caption("relative", language)
    return _about_nothing(rows, title, ".0%", group="group", quiet=quiet)


def _lines(
    table: pd.DataFrame,
    columns: tuple[str, ...],
    titles: tuple[str, str],
    language: Language,
    tick: str,
) -> go.Figure:
    """Lines of columns over the first one, all called by their captions."""
    across, *values = columns
    x_title, y_title = (caption(title, language) for title in titles)
    return charts.lines(
        table,
        x=across,
        values=values,
        names=[caption(name, language) for name in values],
        x_title=x_title,
        y_title=y_title,
        points=False,
        tick=tick,
    )


def detectable(
    curve: pd.DataFrame, language: Language, is_share: bool
) -> go.Figure:
    """The smallest difference that so many customers show, the plan marked."""
    figure = _lines(
        curve,
        ("customers", "detectable"),
        ("customers", "detectable"),
        language,
        ".1%" if is_share else ",.3~g",
    )
    chosen = curve[curve["chosen"]]
    figure.add_scatter(
        x=chosen["customers"],
        y=chosen["detectable"],
        mode="markers",
        marker={"size": 14, "symbol": "star"},
        name=caption("chosen", language),
        showlegend=False,
    )
    return figure.update_yaxes(rangemode="tozero")


def qini(curve: pd.DataFrame, language: Language) -> go.Figure:
    """What contacting so many brings, ranked by gain, by response, at random; the null's band."""
    figure = _lines(
        curve,
        ("share", "gained", "by_response", "at_random"),
        ("contacted_share", "more"),
        language,
        ",.4~r",
    )
    figure.add_scatter(
        x=[*curve["share"], *curve["share"][::-1]],
        y=[*curve["null_hi"], *curve["null_lo"][::-1]],
        fill="toself",
        fillcolor=_QUIET,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=caption("null", language),
    )
    return figure.update_xaxes(tickformat=".0%")


def quintiles(gain: Uplift, language: Language) -> go.Figure:
    """The difference between the arms in each fifth, the highest gains on top."""
    names = [
        say("engagement.whom.fifth", language, number=int(number))
        for number in gain.quintiles["quintile"]
    ]
    tick = ",.3~g" if gain.is_amount else ".1~%"
    return _about_nothing(
        gain.quintiles.assign(name=names),
        caption("difference", language),
        tick,
    )


def list_profit(curve: pd.DataFrame, language: Language) -> go.Figure:
    """Profit by how many are contacted, with the cut that was chosen."""
    figure = _lines(
        curve,
        ("contacted", "expected", "measured", "at_random"),
        ("contacted", "profit"),
        language,
        ",.4~r",
    )
    chosen = float(curve.loc[curve["chosen"], "contacted"].iloc[0])
    charts.mark(figure, x=chosen, text=caption("chosen", language))
    return charts.mark(figure, y=0.0)


def hours(table: pd.DataFrame, language: Language) -> go.Figure:
    """How much more than usual is answered by hour and weekday; under 30 contacts in grey."""
    shown = table.assign(
        lift=table["lift"].where(table["sent"] >= FEWEST_SENDS),
        text=[
            f"{round(row.lift, 2) + 0.0:+.0%}"
            if row.sent >= FEWEST_SENDS
            else f"({row.sent})"
            for row in table.itertuples()
        ],
    )
    # Hours down and days across: seven columns fit on a phone.
    wide = shown.pivot(index="hour", columns="weekday", values="lift")
    texts = shown.pivot(index="hour", columns="weekday", values="text").fillna("")
    names = [weekday(int(number), language) for number in wide.columns]
    rows = [f"{int(hour)}:00" for hour in wide.index]
    wide = pd.DataFrame(wide.to_numpy(), index=rows, columns=names)
    texts = pd.DataFrame(texts.to_numpy(), index=rows, columns=names)
    figure = charts.heat(wide, texts=texts.mask(wide.isna(), ""), centre=0.0)
    is_few = wide.isna() & (texts != "")
    few = np.where(is_few, 1.0, np.nan)
    grey = go.Heatmap(
        z=few,
        x=names,
        y=rows,
        colorscale=[(0, _QUIET), (1, _QUIET)],
        showscale=False,
        hoverinfo="skip",
        xgap=2,
        ygap=2,
        text=texts.where(is_few, "").to_numpy(),
        texttemplate="%{text}",
    )
    return figure.add_trace(grey).update_yaxes(type="category")


# What is read at each contact: with customers taken into account, and naive; and its axis.
_READ = {
    "answers": ("within", "rate", "rate"),
    "unsubscribes": ("leaving", "unsubscribed_rate", "unsubscribed_rate"),
}


def pressure(
    table: pd.DataFrame,
    language: Language,
    read: Literal["answers", "unsubscribes"] = "answers",
) -> go.Figure:
    """The share that answers, or leaves, at each contact within a week, beside the naive curve."""
    better, naive, axis = _READ[read]
    week = table[table["window"] == table["window"].min()]
    week = week[week["sent"] >= FEWEST_SENDS]
    week = week.assign(nth=[f"{number}." for number in week["nth"]])
    names = [name for name in (better, naive) if week[name].notna().any()]
    titles = {"within": "within", "leaving": "own_usual"}
    figure = charts.lines(
        week,
        x="nth",
        values=names,
        names=[caption(titles.get(name, "naive"), language) for name in names],
        x_title=caption("nth", language),
        y_title=caption(axis, language),
        tick=".0%" if read == "answers" else ".1~%",
    )
    if better in names:
        figure.data[0].error_y = {
            "type": "data",
            "symmetric": False,
            "array": week[f"{better}_hi"] - week[better],
            "arrayminus": week[better] - week[f"{better}_lo"],
        }
    return figure.update_xaxes(type="category").update_yaxes(rangemode="tozero")
