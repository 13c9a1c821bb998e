"""What a series is made of: its trend, its season year by year, and the rest."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.decomposition import (
    Decomposition,
    decompose,
)
from crm_analysis.analyses.forecast.verdicts import season_kind
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.words import renamed

_FEW_SEASONS = 3


def draw_season(view: View) -> None:
    """How strong trend and season of the series looked at are, and how they go."""
    result = run(decompose, view.shown_demand()).value
    strength = result.strength.iloc[0]
    _draw_answer(result, strength)
    lengths = [int(length) for length in str(strength["season"]).split(", ") if length]
    seasons = int(strength["points"]) / max(lengths, default=1)
    if lengths and seasons < _FEW_SEASONS:
        st.caption(say("forecast.season.few", seasons=round(seasons, 1)))
    measure = view.selection.measure
    if result.seasonal["position"].nunique() > 1:
        figure = pictures.seasons(
            result.seasonal,
            language(),
            every=result.every,
            measure=measure,
            palette=palette(),
        )
        chart(
            figure,
            key=widget_key("forecast", "seasons"),
            alt=plain("forecast.season.alt"),
            height=360,
        )
    st.markdown(f"##### {say('forecast.season.parts', scale=str(strength['scale']))}")
    chart(
        pictures.decomposition(result.parts, language(), measure=measure),
        key=widget_key("forecast", "parts"),
        alt=plain("forecast.season.parts_alt"),
        height=520,
    )
    notes(renamed(result.notes, view.names))


def _draw_answer(result: Decomposition, strength: pd.Series) -> None:
    kind = season_kind(strength)
    if kind == "unseen":
        answer("forecast.season.unseen")
        return
    peak, trough = (
        pictures.period_name(
            int(strength[position]),
            result.every,
            language(),
            wide=True,
        )
        for position in ("peak", "trough")
    )
    answer(
        f"forecast.season.{kind}",
        trend=float(strength["trend_strength"]),
        season=float(strength["season_strength"]),
        peak=peak,
        trough=trough,
    )
