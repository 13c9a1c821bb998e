"""What `survey_scores` gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crm_analysis.analyses.feedback.survey.options import SurveyOptions
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class SurveyScores:
    """What was answered, and how sure it is.

    - `scores`: a row a measure and group.
        - `measure` : "nps" (points, -100 to 100), "csat" and "rating" (the share of the two best
          answers), "csat_mean" and "rating_mean" (on their scale)
        - `by`, `group` : both "" for all; "segment", "channel", …, "month" and its name
        - `value`, `lo`, `hi` : adjusted Wald of NPS, Wilson of a share, Student's t of a mean;
          answers of the same customer count as alike as they are
        - `n`, `people` : answers; customers who gave them, NaN where not known
        - `adjusted` : of NPS the middle of its interval
        - `above`, `below` : of NPS the share of promoters, of detractors
        - `weighted`, `weighted_lo`, `weighted_hi` : if all customers had answered in proportion
          to their segments and values; NaN where that is not known
        - `rank` : 1 is the best of its measure and `by`; missing under `options.fewest` answers
    - `differences`: a row a measure and group: a group against all others of its column, a month
      against the one before.
        - `measure`, `by`, `group`, `other` : "" for all others
        - `difference`, `lo`, `hi`, `p`, `p_adjusted` : adjusted within measure and column (BH)
        - `n`, `n_other` : answers
    - `responses`: who answered, a row a segment and third of value.
        - `by`, `group`, `customers`, `answered`, `rate`, `lo`, `hi`
        - `difference`, `difference_lo`, `difference_hi`, `p`, `p_adjusted` : to all others
    - `answers`: how often each answer was given.
        - `measure`, `answer`, `count`, `side` : side is "above" for promoters and the two best,
          "below" for detractors, else "middle"
    - `questions`: which scale a column is on, where that is not sure; it is not in `scores`.
    - `notes`: what the reader should know.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    responses: pd.DataFrame
    answers: pd.DataFrame
    questions: tuple[Message, ...]
    notes: tuple[Message, ...]
    options: SurveyOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: each measure with _lo, _hi, _n and _weighted; response_rate.

        None for what is not known.
        """
        numbers: dict[str, float | None] = {}
        overall = self.scores[self.scores["by"] == ""].set_index("measure")
        for name in ("nps", "csat", "csat_mean", "rating", "rating_mean"):
            for column, ending in (
                ("value", ""), ("lo", "_lo"), ("hi", "_hi"), ("n", "_n"),
                ("weighted", "_weighted"),
            ):  # fmt: skip
                known = name in overall.index and pd.notna(overall[column][name])
                numbers[name + ending] = (
                    float(overall[column][name]) if known else None
                )
        of_all = self.responses[self.responses["by"] == ""]
        numbers["response_rate"] = (
            float(of_all["rate"].iloc[0]) if len(of_all) else None
        )
        return numbers
