"""A picture of customers and a list of them that follow each other.

A box drawn in the picture, or a click on a point, picks customers for the list; a row selected in
the list lights its point. What is picked is kept for the session, beside what the picture itself
knows: a picture that changes, by its ring alone, is a new one for the browser and knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from crm_analysis.presentation import charts, points
from crm_analysis.presentation.ui.blocks import selected
from crm_analysis.presentation.ui.session import language


class Picking:
    """The customers picked in the picture of that key, and the one whose point is lit."""

    def __init__(self, key: str) -> None:
        self._picture = key
        self._state: dict[str, Any] = st.session_state.setdefault(
            f"{key}.picked", {"customers": (), "lit": None}
        )

    @property
    def customers(self) -> tuple[str, ...]:
        """Who is picked; nobody at first."""
        customers: tuple[str, ...] = self._state["customers"]
        return customers

    @property
    def lit(self) -> str | None:
        """Whose point is lit."""
        lit: str | None = self._state["lit"]
        return lit

    def pick(self, customers: Iterable[object]) -> None:
        """Pick customers from beside the picture, which then lets them stand out."""
        self._pick(customers)
        self._state.pop("drawn", None)

    def light(self, customer: object | None) -> None:
        """Light the point of a customer; None: of nobody."""
        self._state["lit"] = None if customer is None else str(customer)

    def draw(
        self,
        figure: go.Figure,
        places: Callable[[], pd.DataFrame],
        *,
        alt: str,
        height: int,
        version: str,
    ) -> None:
        """The picture, with what is picked and lit.

        `places` has `customer`, `segment`, `x`, `y` of everybody, also of who is not drawn;
        `version` is another text where the picture shows another result.
        """
        self._stand_out(figure, version)
        if self.lit is not None:
            there = places()
            there = there[there["customer"].astype(str) == self.lit]
            for _, _, x, y in there.head(1).itertuples(index=False):
                points.ring(figure, x, y, self.lit)
        figure.update_layout(height=height, dragmode="select")
        st.plotly_chart(
            figure,
            key=self._picture,
            config=charts.config(language(), boxes=True),
            alt=alt,
            on_select=lambda: self._note(figure, places),
            selection_mode=("points", "box"),
        )

    def _stand_out(self, figure: go.Figure, version: str) -> None:
        """Mark who is picked, unless by a box that still stands in the picture."""
        drawn = (version, language(), self.lit)
        stands = st.session_state.get(self._picture) is not None
        if not stands or self._state.get("drawn") != drawn:
            self._state |= {"drawn": drawn, "marked": self.customers}
        points.pick_out(figure, self._state["marked"])

    def _note(self, figure: go.Figure, places: Callable[[], pd.DataFrame]) -> None:
        """Pick whom the reader has just selected; nobody is the double click that lets go."""
        selection = st.session_state[self._picture]["selection"]
        ids = [id_ for id_ in selected(self._picture) if id_ is not None]
        drawn = sum(len(trace.x) for trace in figure.data)
        if ids and selection["box"] and drawn < len(places()):
            ids = _within(selection["box"], ids, places())
        self._pick(dict.fromkeys(ids))

    def _pick(self, customers: Iterable[object]) -> None:
        self._state |= {"customers": tuple(map(str, customers)), "lit": None}


def _within(
    boxes: Iterable[Any], drawn: Iterable[str], places: pd.DataFrame
) -> list[str]:
    """Everybody in the boxes, drawn or not, of the segments that are in view there."""
    names = places["customer"].astype(str)
    in_view = places.loc[names.isin(set(drawn)), "segment"]
    inside = pd.Series(False, index=places.index)
    for box in boxes:
        spans = [places[axis].between(*sorted(box[axis])) for axis in "xy"]
        inside |= spans[0] & spans[1]
    own: list[str] = names[inside & places["segment"].isin(in_view)].tolist()
    return own
