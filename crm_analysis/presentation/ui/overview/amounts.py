"""Amounts as the overview writes them, and months that may be compared."""

from __future__ import annotations

import datetime

import pandas as pd

from crm_analysis.messages import Message
from crm_analysis.presentation.ui.session import language
from crm_analysis.wording import write_number

_RECENT = 31  # days since the last of the record: it may still go on
_NEARLY = 0.9  # of a month's days: such a month may stand beside the others


def written(value: float | None, *, money: bool = False) -> str:
    """A figure as sentences say it; `money` with its unit."""
    return write_number(value, "money" if money else "short", language())


def comparable(
    months: pd.DataFrame,
    month: str,
    value: str,
    end: str,
    today: datetime.date | None = None,
    *,
    money: bool = False,
) -> tuple[pd.DataFrame, Message | None]:
    """The months that may be compared, and what is said of the last where it is not whole.

    A month that goes on is left out; so is one of which an older record has only a part.
    """
    last = months.iloc[-1]
    if last["finished"]:
        return months, None
    start, ended = last[month].date(), datetime.date.fromisoformat(end)
    details = {
        "end": end,
        "month": start.isoformat(),
        "now": written(float(last[value]), money=money),
    }
    goes_on = ended >= (today or datetime.date.today()) - datetime.timedelta(
        days=_RECENT
    )
    nearly_whole = (ended - start).days + 1 >= _NEARLY * last[month].days_in_month
    if len(months) == 1 or (nearly_whole and not goes_on):
        return months, Message("overview.months.ends", details)
    key = "overview.months.unfinished" if goes_on else "overview.months.ends_early"
    return months.iloc[:-1], Message(key, details)
