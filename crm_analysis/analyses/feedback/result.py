"""What was read of comments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.analyses.feedback.sentiment import Rung
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class Feedback:
    """What customers say.

    - `comments`: the table's own rows and columns, its index kept, and beside them (a column of the
      file that is called so becomes `language_given` and so on)
        - `language` : "en", "zh", "mixed", "other", or "none" without words
        - `status` : "read"; set aside as "template", "repeat", "too_short", "not_read" (another
          language) or "empty"
        - `sentiment` : "negative", "positive", or "" where not said: in the rungs without labels
          only the extremes are called
        - `negative` : the chance that it is negative, 0 to 1; without labels only an order; NaN
          where not read
        - `topic` : the name of its topic, "other", or "" where not read or without topics
    - `topics`: a row a topic, most comments first, "other" last. Empty under 200 comments.
        - `topic`, `words` : three words, and ten
        - `comments`, `share` : how many, of those read
        - `negative`, `lo`, `hi` : the share of them that is negative, with interval; NaN where it
          cannot be said
        - `example_1`, `example_2` : the two comments nearest to it, as they were written
        - `coherence`, `stability` : NPMI of its words; how alike it comes again in subsamples, 0
          to 1; `stable` : whether that is .5 or more
    - `keywords`: a row a contrast, word and side: what one side says more often.
        - `contrast`, `side` : "negative" ("negative", "positive"), "month" ("this", "before"),
          "churned" ("left", "stayed")
        - `word`, `count`, `count_other` : in how many comments of this side, of the other
        - `log_odds`, `z`, `p_adjusted` : how much more often, in standard errors, and by
          Benjamini-Hochberg over all words
    - `clauses`: a row a clause and aspect: `row` (the label in `comments`' index), `position` in
      the comment from 1, `clause`, `aspect`, `sentiment`, `negative`.
    - `aspects`: a row an aspect.
        - `aspect`, `clauses`, `comments` : its name, how many speak of it
        - `positive`, `negative` : clauses
        - `share_negative`, `lo`, `hi` : of these; NaN where nothing was learnt from labels
    - `suggested`: words that many speak of and no aspect has: `word`, `comments`.
    - `months`: a row a month.
        - `month`, `comments`, `negative` : its first day, how many were read, called negative
        - `share`, `lo`, `hi` : the share that is negative, with interval
        - `share_reweighted` : had the groups of `mix` answered as in all months together; NaN
          without one
        - `centre`, `low_limit`, `high_limit` : of the p-chart, three standard errors
        - `p_adjusted`, `changed` : against the other months; whether both say that it changed
    - `quality`: how well the reading agrees with the labels, on comments it has not learnt from.
        - `measure`, `value`, `lo`, `hi` : "auc", "accuracy", "balanced_accuracy", "macro_f1",
          "sensitivity" and "specificity" (of negative comments), with intervals
        - `n`, `negative`, `positive` : labels in all, of each class
    - `rung`: what sentiment was read by: "labels", "few_labels", "meaning", "lexicon".
    - `sentence`: which rung that is, and what may be said by it.
    - `mix`: the column that shares were reweighted by; "" without one.
    - `notes`: what the reader should know.
    """

    comments: pd.DataFrame
    topics: pd.DataFrame
    keywords: pd.DataFrame
    clauses: pd.DataFrame
    aspects: pd.DataFrame
    suggested: pd.DataFrame
    months: pd.DataFrame
    quality: pd.DataFrame
    rung: Rung
    sentence: Message
    negative_share: tuple[float, float, float]
    mix: str
    notes: tuple[Message, ...]
    options: FeedbackOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: comments, read, negative (a share, with lo, hi), topics, other, auc.

        What cannot be said is None.
        """
        share, low, high = self.negative_share
        values = self.quality.set_index("measure")["value"]
        other = self.topics.loc[self.topics["topic"] == "other", "share"]
        return {
            "comments": float(len(self.comments)),
            "read": float((self.comments["status"] == "read").sum()),
            "negative": _or_none(share),
            "lo": _or_none(low),
            "hi": _or_none(high),
            "topics": float(max(len(self.topics) - 1, 0)),
            "other": float(other.iloc[0]) if len(other) else None,
            "auc": _or_none(float(values["auc"])),
            "accuracy": _or_none(float(values["accuracy"])),
        }


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
