"""How comments are read."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class FeedbackOptions(Options):
    """What is taken for a label, by which method comments are read, and how fine the topics are.

    - `label`: the column that says which comments are negative. None: `label` where there is one,
      else the stars.
    - `meaning`: whether the small language model of the extra `meaning` may be used. None: where
      it is installed, is needed, and there are at most 2,000 comments.
    - `topics`: how many. None: as many as hold together, 2 to 15.
    - `aspects`: what customers speak of, each with its words: (("delivery", "courier 快递"), …).
      Empty: the seven of `aspect_table`.
    - `mix`: the column of customers by which it is asked whether who answered changed. None:
      `segment`, `channel` or `product`, where there is one of few values.
    """

    label: str | None = None
    meaning: bool | None = None
    topics: int | None = knob(None, low=2, high=15)
    aspects: tuple[tuple[str, str], ...] = ()
    mix: str | None = None
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
