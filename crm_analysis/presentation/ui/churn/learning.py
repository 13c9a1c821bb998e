"""How much the model may learn: searched, or set by hand; and how the search went."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.churn import METHODS, Churn
from crm_analysis.options import Options
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui import controls, language, say, widget_key
from crm_analysis.presentation.ui.churn.words import titled_chart
from crm_analysis.presentation.ui.remembered import (
    last_chosen,
    remember,
    remembered,
)


def learning(model: str) -> dict[str, Any]:
    """Whether settings are searched, and those of a model set by hand, as `ChurnOptions` has them.

    Whoever begins to set them by hand begins with those that the search came to.
    """
    with st.expander(say("churn.learning.title")):
        search = remembered(
            st.toggle,
            say("churn.learning.search"),
            key=widget_key("churn", "search"),
            help=say("churn.learning.search_help"),
        )
        if search:
            return {"search": True}
        if model not in METHODS:
            st.caption(say("churn.learning.pick_model"))
            return {"search": False}
        options = METHODS[model].settings
        names = [knob.name for knob in options.knobs() if not knob.advanced]
        grid = st.grid(min_column_width=220)
        places = {name: grid.container() for name in names}
        settings = controls(
            "churn",
            options,
            key=widget_key("churn", "settings"),
            only=names,
            start=_found(model),
            places=places,
        )
        for name, place in places.items():
            place.caption(say(f"churn.knob.{name}.help"))
    pairs = tuple((name, value) for name, value in settings.to_dict().items())
    return {"search": False, "settings": pairs}


def _found(model: str) -> Options:
    """What a search came to for a model; its defaults where none did, or bounds have changed."""
    options = METHODS[model].settings
    settings = last_chosen(widget_key("churn", "searched", model), {})
    try:
        return options.from_dict(settings)
    except ValueError:
        return options()


def remember_settings(churn: Churn) -> None:
    """Keep what a search came to, as where setting by hand begins."""
    if churn.settings is not None and churn.options.search:
        key = widget_key("churn", "searched", churn.model.name)
        remember(key, churn.settings.to_dict())


def draw_search(churn: Churn) -> None:
    """What was tried, from what learns least to what learns most."""
    if not len(churn.search):
        return
    best = churn.search.sort_values(["folds", "log_loss"], ascending=[False, True])
    model = str(best["model"].iloc[0])
    tried = churn.search[churn.search["model"] == model]
    titled_chart(
        "churn.learning.picture",
        pictures.search(tried, language()),
        "search_picture",
        110 + 38 * len(tried),
        tried=len(tried),
        model=model,
    )
    st.caption(say("churn.learning.picture_help"))
