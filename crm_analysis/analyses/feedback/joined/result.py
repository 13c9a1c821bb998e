"""What `feedback_and_value` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class FeedbackAndValue:
    """How what customers say goes with who leaves and what they are worth.

    Those who said something are compared with the others who commented. That is no proof that
    what they said is why: `adjusted` columns take recency, frequency and money into account, and
    nothing else.

    - `effects`: a row a topic, aspect, complaint (an aspect spoken ill of) and sentiment.
        - `kind`, `what` : "topic", "aspect", "complaint" or "sentiment"; its name
        - `customers`, `comments` : who said it, in how many comments
        - `share_negative` : of the comments or clauses with a sentiment; in the rungs without
          labels only an order
        - `churned`, `churned_others` : the share who left, of them and of the others
        - `difference`, `lo`, `hi`, `p`, `p_adjusted` : of the shares (Newcombe; exact under five
          events); by Benjamini and Hochberg
        - `ratio`, `ratio_lo`, `ratio_hi` : how many times as often they left
        - `adjusted`, `adjusted_lo`, `adjusted_hi`, `adjusted_ratio`, … : the difference and the
          ratio, standardised; NaN under five events on a side
        - `value`, `value_mean`, `value_others` : expected value, in all; of one of them, of the
          others
        - `value_difference`, `value_lo`, `value_hi` : of the means (Welch); `value_adjusted`,
          `value_adjusted_lo`, `value_adjusted_hi` : standardised
    - `priority`: what to mend first, a row a topic and complaint.
        - `rank`, `kind`, `what`, `customers` : those who are still customers
        - `value`, `value_at_risk` : what they are expected to bring; times their risk
        - `share_negative`, `priority` : value at risk × share negative
    - `customers`: whom we may lose, the most value at risk first: customers who complained and are
      still here.
        - `rank`, `customer`, `value`, `risk`, `value_at_risk`
        - `comments`, `negative` : how many, how many of them negative
        - `complaints`, `topics` : what of, as text
        - `last_comment`, `text` : the day of the latest negative comment, and the comment
    - `gain`: what text adds to a model of leaving, a row a fold.
        - `repeat`, `fold`, `customers`, `log_loss`, `log_loss_text`, `auc`, `auc_text`
        - `log_loss_gain`, `auc_gain` : better by so much with text
    - `verdict`: on that gain, in a sentence.
    - `alarms`: comments that were left out, as they may have been written because customers left.
        - `row`, `customer`, `date` : of the comment
        - `kind`, `end`, `days_after` : "after_end" or "after_leaving"; the day, and days after it
    - `adjusts`: what the adjusted columns take into account.
    - `notes`: what the reader should know, an alarm first.
    """

    effects: pd.DataFrame
    priority: pd.DataFrame
    customers: pd.DataFrame
    gain: pd.DataFrame
    log_loss_gain: tuple[float, float, float]
    auc_gain: tuple[float, float, float]
    verdict: Message
    alarms: pd.DataFrame
    adjusts: tuple[str, ...]
    commented: int
    churned: float
    notes: tuple[Message, ...]
    options: JoinOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; None for what is not known.

        commented (customers with a comment in the window), churned (the share of them who left),
        listed, value_at_risk (of those listed), alarms, log_loss_gain and auc_gain (with _lo and
        _hi).
        """
        at_risk = self.customers["value_at_risk"]
        numbers: dict[str, float | None] = {
            "commented": float(self.commented),
            "churned": _or_none(self.churned),
            "listed": float(len(self.customers)),
            "value_at_risk": float(at_risk.sum())
            if at_risk.notna().any()
            else None,
            "alarms": float(len(self.alarms)),
        }
        for name, gain in (
            ("log_loss_gain", self.log_loss_gain),
            ("auc_gain", self.auc_gain),
        ):
            for ending, value in zip(("", "_lo", "_hi"), gain, strict=True):
                numbers[name + ending] = _or_none(value)
        return numbers

    @property
    def adjusted_sentences(self) -> tuple[Message | None, ...]:
        """For each row of `effects` what is left once what was known before is accounted for."""
        return tuple(
            adjusted_sentence(row) for row in self.effects.to_dict("records")
        )

    @property
    def sentences(self) -> tuple[Message, ...]:
        """A sentence for each row of `effects`."""
        return tuple(
            effect_sentence(row) for row in self.effects.to_dict("records")
        )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def effect_sentence(row: Mapping[str, Any]) -> Message:
    """A row of the effects in a sentence, as far as it is known.

    Examples
    --------
    >>> row = {"kind": "complaint", "what": "delivery", "customers": 62, "value": 18400.0}
    >>> row |= {"ratio": 2.1, "ratio_lo": 1.3, "ratio_hi": 3.2, "adjusted_ratio": float("nan")}
    >>> print(effect_sentence(row).sentence())
    Delivery complaints: 62 people, value 18,400, left 2.1 times as often [1.3, 3.2].
    """
    what = Message(f"feedback.joined.what.{row['kind']}", {"what": row["what"]})
    details: dict[str, Any] = {"what": what, "customers": int(row["customers"])}
    parts = []
    if np.isfinite(row["value"]):
        parts.append("value")
        details["value"] = float(row["value"])
    if np.isfinite(row["ratio"]) and np.isfinite(row["ratio_hi"]):
        parts.append("left")
        details |= {
            "ratio": float(row["ratio"]),
            "low": float(row["ratio_lo"]),
            "high": float(row["ratio_hi"]),
        }
    key = "_".join(parts) or "people"
    return Message(f"feedback.joined.line.{key}", details)


def adjusted_sentence(row: Mapping[str, Any]) -> Message | None:
    """What of a row's ratio is left once what was known before is accounted for.

    None where that cannot be said.

    Examples
    --------
    >>> row = {"adjusted_ratio": 1.8, "adjusted_ratio_lo": 1.1, "adjusted_ratio_hi": 2.9}
    >>> print(adjusted_sentence(row).sentence())
    Among customers alike in what was known before, 1.8 times as often [1.1, 2.9].
    """
    ratio = float(row["adjusted_ratio"])
    if not np.isfinite(ratio):
        return None
    details = {
        "ratio": ratio,
        "low": float(row["adjusted_ratio_lo"]),
        "high": float(row["adjusted_ratio_hi"]),
    }
    return Message("feedback.joined.line.adjusted", details)
