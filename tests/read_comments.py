"""Comments as if read: by hand, so that what is counted of them can be checked by eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback import Feedback, FeedbackOptions
from crm_analysis.messages import Message


def read_comments(
    comments: pd.DataFrame,
    clauses: Sequence[tuple[int, str, str]] = (),
    *,
    labelled: bool = True,
) -> Feedback:
    """Comments that have customer, sentiment, perhaps date and topic; clauses as (row, …).

    A clause is its comment's label, aspect and sentiment. Without labels nothing may be said of
    shares.
    """
    table = comments.assign(language="en", status="read", negative=0.5)
    for name, value in (("text", "a comment"), ("topic", "")):
        if name not in table.columns:
            table[name] = value
    parts = pd.DataFrame(clauses, columns=["row", "aspect", "sentiment"])
    parts = parts.assign(position=1, clause="a clause", negative=0.5)
    share = (0.3, 0.2, 0.4) if labelled else (np.nan, np.nan, np.nan)
    nothing = pd.DataFrame()
    return Feedback(
        table,
        nothing,
        nothing,
        parts,
        nothing,
        nothing,
        nothing,
        nothing,
        "labels" if labelled else "lexicon",
        Message("feedback.rung.lexicon", {}),
        share,
        "",
        (),
        FeedbackOptions(),
    )
