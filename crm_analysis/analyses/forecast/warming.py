"""The libraries of forecasting, loaded before they are needed."""

from __future__ import annotations

import importlib

_LIBRARIES = (
    "statsforecast.models",
    "statsforecast.mstl",
    "statsmodels.tsa.statespace.sarimax",
)


def warm_up() -> None:
    """Load what "auto" needs, so that the first forecast does not wait for it.

    Two to four seconds, once a process: for a thread in the background. Nothing is compiled:
    statsforecast brings its models as machine code.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
