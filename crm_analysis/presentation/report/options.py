"""What a report is to be."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.options import Options, knob
from crm_analysis.wording import DEFAULT, languages


@dataclass(frozen=True, kw_only=True)
class ReportOptions(Options):
    """What a report is to be.

    - `language`: "en", "zh", or that of a folder of phrases.
    - `mask_names`: no row of a single person is in the report, and no name.
    - `title`, `author`: on its first page; without a title a general one.
    - `currency`: what money is in, an ISO code or sign; "" where it is not known.
    - `smallest_group`: figures of fewer people are not shown.
    """

    language: str = knob(DEFAULT)
    mask_names: bool = knob(True)
    title: str = knob("")
    author: str = knob("")
    currency: str = knob("")
    smallest_group: int = knob(5, low=1, high=50, advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.language not in languages():
            known = ", ".join(map(repr, languages()))
            raise ValueError(
                f"ReportOptions.language is {self.language!r}; it must be one of {known}"
            )
