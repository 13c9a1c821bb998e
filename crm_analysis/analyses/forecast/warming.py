"""The libraries of forecasting, loaded before they are needed."""

from __future__ import annotations

import importlib

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load what "auto" needs (two to four seconds, once a process), so that the first forecast does not wait for it. For a thread in the background.

    Nothing is compiled: statsforecast brings its models as machine code.
    """
    for name in (
        "statsforecast.models",
        "statsforecast.mstl",
        "statsmodels.tsa.statespace.sarimax",
    ):
        importlib.import_module(name)
