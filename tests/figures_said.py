"""What a page says in figures against the rule of `crm_analysis.wording`, in sentences and sliders.

A page is judged by what it says, whatever phrases that is made of: a new sentence with a figure
of another kind is a fault. Phrases take the same styles in both languages (`tests.test_shape`),
so one language is enough for a page.
"""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from crm_analysis.wording import write_number

_HAN = "[\u4e00-\u9fff]"
_ACCOUNTS = ("data",)  # what adds up there has every digit
_OWN_DAYS = (
    "engagement",
    "strategy",
)  # campaigns of the sample are named by their month
_FAULTS = {
    "a day or month as a code": r"\b(19|20)\d\d-\d\d\b",
    "half-width signs in Chinese": rf"{_HAN} ?[,;:?!()] ?{_HAN}",
    "a gap in Chinese": rf"{_HAN} {_HAN}",
}
_FIGURE = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\u2060?[\d万亿KMB])"
)
_LARGE = 10_000


def faults(app: AppTest, word: str, language: str) -> list[str]:
    """Figures against the rule on the page of a word, sliders of shares among them."""
    return faults_of_texts(_said(app), word, language) + _shares_as_fractions(app)


def _said(app: AppTest) -> list[str]:
    """Sentences and tiles, without what is code."""
    texts = [
        element.value
        for kind in (app.title, app.markdown, app.caption, app.info, app.warning)
        for element in kind
    ]
    texts += [
        f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric
    ]
    return [re.sub(r"`[^`]*`|:\S+?:|\\|\*\*", "", text) for text in texts]


def faults_of_texts(texts: list[str], word: str, language: str) -> list[str]:
    """Figures of some sentences against the rule."""
    together = "\n".join(texts)
    faults = [
        f"{name}: {match[0]}"
        for name, pattern in _FAULTS.items()
        if not (name.startswith("a day") and word in _OWN_DAYS)
        for match in re.finditer(pattern, together)
    ]
    if language == "zh":
        faults += re.findall(r"\d[KMB]\b", together)
    for figure in set(_FIGURE.findall(together)):
        value = float(figure.replace(",", ""))
        digits = figure.replace(",", "").lstrip("0.").replace(".", "")
        is_cents = value < 100 and re.search(r"\.\d\d$", figure)
        is_long = "." in figure and len(digits) > 3 and not is_cents
        if is_long and word not in _ACCOUNTS:
            faults.append(f"too many digits: {figure}")
        shortened = write_number(value, "short", language)
        if value >= _LARGE and shortened in together:
            faults.append(f"two roundings: {figure} and {shortened}")
    return faults


def _shares_as_fractions(app: AppTest) -> list[str]:
    return [
        slider.label
        for slider in app.slider
        if isinstance(slider.max, float)
        and 0 <= slider.min < slider.max <= 1
        and slider.proto.format != "percent"
    ]
