"""What a page shows of money, found without a list of names: what grows when all prices grow.

A shop is loaded twice, once with every price eight times as high. A figure that is eight times as
high in the second is money, in whatever table, sentence, picture or file it stands.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.workspace import new_workspace
from tests.apps import opened, settled

TIMES = 8
# A heading keeps digits and 万 on one line by a sign that nobody sees.
_NUMBER = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\u2060?([KMB](?!\w)|[万亿])?")
_SHORT = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "万": 1e4, "亿": 1e8}
_TOLERANCE = 0.2
_AROUND = 6  # letters about a figure in which its unit stands
_CELLS = 40  # of a column of text that are looked at


@dataclass(frozen=True)
class Amount:
    """A run of figures on a page: where it stands, what is said of it, the figures."""

    place: str
    title: str
    figures: np.ndarray
    rows: Sequence[str] = ()

    def without_unit(self, other: Amount, *signs: str) -> bool:
        """Whether it is money and has none of these signs, in its title or in each of its rows.

        `other` is the same in the shop whose prices are `TIMES` as high.
        """
        title = self.title.partition(" in '")[0]
        if any(sign in title for sign in signs) or len(other.figures) != len(
            self.figures
        ):
            return False
        unsaid = [
            row
            for row in range(len(self.figures))
            if not (self.rows and any(sign in self.rows[row] for sign in signs))
        ]
        ours, theirs = self.figures[unsaid], other.figures[unsaid]
        return Amount("", "", ours).is_money_beside(Amount("", "", theirs))

    def is_money_beside(self, other: Amount) -> bool:
        """Whether the figures are `TIMES` as high in `other`."""
        if self.figures.shape != other.figures.shape:
            return False
        ours, theirs = self.figures, other.figures
        told = np.isfinite(ours) & np.isfinite(theirs) & (np.abs(theirs) >= 20)
        if not told.any():
            return False
        ratios = theirs[told] / np.where(ours[told] == 0, np.nan, ours[told])
        middle = float(np.nanmedian(ratios)) if np.isfinite(ratios).any() else 1.0
        return abs(middle / TIMES - 1) < _TOLERANCE


_SAID = (
    (5, "Fast delivery and good tea"),
    (1, "The parcel came late and the delivery was slow"),
    (4, "Great quality cup for a fair price"),
    (2, "Poor quality and the pot was broken"),
    (5, "Friendly service and lovely lamp"),
    (1, "Rude service when I asked about the bill"),
    (4, "Nice candle and tidy packaging"),
    (4, "Good coffee but the box was small"),
)


def shop(unit: str, times: int) -> str:
    """A workspace with a year and a half of orders, customers, sales, contacts and comments."""
    chance = np.random.default_rng(4)
    made = new_workspace(f"shop {unit} {times}")
    goods = [
        ("Tea", "Drinks", 4.5),
        ("Coffee", "Drinks", 9.25),
        ("Cup", "Kitchen", 6.75),
        ("Pot", "Kitchen", 24.0),
        ("Spoon", "Kitchen", 3.2),
        ("Tray", "Home", 17.4),
        ("Candle", "Home", 8.8),
        ("Lamp", "Home", 42.0),
    ]
    days = pd.date_range("2023-07-03", "2024-12-28", freq="D")
    habit = chance.gamma(1.2, 1.0, 140)
    lines, spent = [], {}
    for order in range(1300):
        customer = int(chance.choice(140, p=habit / habit.sum()))
        day = days[int(order * len(days) / 1300)]
        for good in chance.choice(len(goods), int(chance.integers(1, 4)), False):
            name, category, price = goods[int(good)]
            quantity = int(chance.integers(1, 4))
            amount = quantity * price * times
            spent[customer] = spent.get(customer, 0.0) + amount
            country = ("France", "Spain")[customer % 2]
            lines.append(
                f"A{order},C{customer},{day:%Y-%m-%d},{name},{category},{quantity},"
                f"{_written(price * times, unit)},{country}"
            )
    people = ["customer id,age,plan,total spend,monthly fee,churned"]
    for customer, money in sorted(spent.items()):
        people.append(
            f"C{customer},{20 + customer % 50},{('basic', 'plus')[customer % 2]},"
            f"{_written(money, unit)},{_written((5 + customer % 9) * times, unit)},"
            f"{('yes', 'no', 'no')[(customer * 7 + int(money / times)) % 3]}"
        )
    series = ["date,store,revenue"]
    for store in ("North", "South"):
        for month, day in enumerate(
            pd.date_range("2021-01-01", periods=48, freq="MS")
        ):
            money = (900 + 200 * np.sin(month / 2) + chance.normal(0, 40)) * times
            series.append(
                f"{day:%Y-%m-%d},{store},{_written(round(money, 2), unit)}"
            )
    contacts = ["customer,date,channel,campaign,arm,responded,cost"]
    for contact in range(1600):
        customer, day = contact % 140, days[60 + contact % 400]
        arm = ("treated", "holdout")[contact % 140 % 3 == 0]
        answered = ("yes", "no", "no")[(contact * 5 + customer) % 3]
        cost = _written((0.5 + contact % 4) * times * 10, unit)
        sent = f"{answered},{cost}" if arm == "treated" else ","
        contacts.append(
            f"C{customer},{day:%Y-%m-%d},{('mail', 'phone')[contact % 2]},"
            f"{('Spring', 'Autumn')[contact // 800]},{arm},{sent}"
        )
    comments = ["customer,date,comment,stars"]
    for number in range(480):
        stars, text = _SAID[number % len(_SAID)]
        comments.append(
            f"C{number % 140},{days[number]:%Y-%m-%d},{text} {number} times,{stars}"
        )
    head = "order,customer,date,product,category,quantity,unit price,country"
    for name, rows in {
        "orders": [head, *lines],
        "people": people,
        "sales": series,
        "contacts": contacts,
        "comments": comments,
    }.items():
        content = "\n".join(rows).encode()
        intake.take_in(made, [made.keep_file(content, f"{name}.csv")])
    return made.id


def _written(money: float, unit: str) -> str:
    return f"{money:.2f}{unit}" if unit == "元" else f"{unit}{money:.2f}"


@dataclass
class Shown:
    """All that was seen of a page, tab by tab."""

    amounts: dict[str, Amount] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    def add(
        self, place: str, title: str, figures: Any, rows: Sequence[str] = ()
    ) -> None:
        number = sum(key.startswith(f"{place}#") for key in self.amounts)
        values = np.asarray(figures, dtype=float)
        self.amounts[f"{place}#{number}"] = Amount(place, title, values, rows)

    def add_each(self, place: str, text: str, of: str = "") -> None:
        """Each figure of a text, with the letters about it; `of` says what it belongs to.

        It stands under the same words in the other shop, where fewer sentences may be said.
        """
        words = re.sub(r"\s", "", _NUMBER.sub("", text))
        for number in _NUMBER.finditer(text):
            if re.search(r"C$", text[: number.start()]):
                continue  # a customer's id
            start, end = number.span()
            around = text[max(0, start - _AROUND) : end + _AROUND]
            title = f"{around!r} {of}" if of else repr(around)
            said = f"{title} in {text[:150]!r}"
            self.add(f"{place} {words}", said, figures_in(number[0]))


@contextmanager
def downloads_kept() -> Iterator[list[tuple[str, Any]]]:
    """The files that the pages offer meanwhile: name, and what makes the content."""
    import streamlit as st

    kept: list[tuple[str, Any]] = []
    before = st.download_button

    def offer(
        label: str, data: Any = None, file_name: str = "", **given: Any
    ) -> bool:
        kept.append((file_name, data))
        return before(label, data=data, file_name=file_name, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "download_button", offer)
        yield kept


def seen(
    page: str, language: str, workspace: str, tabs: list[str], **state: Any
) -> Shown:
    """What each of the tabs of a page shows; `tabs` are the titles of the tabs."""
    shown = Shown()
    word = page.rpartition("/")[2].removesuffix(".py")
    with downloads_kept() as files:
        app = opened(page, language, workspace, **state)
        for number, tab in enumerate(tabs or [""]):
            if tab:
                del files[:]
                app.session_state[f"{word}.tabs"] = tab
                settled(app.run())
            if app.exception:
                shown.trouble.append(f"{word} {tab}: {app.exception[0].value}")
            _look(app, f"{word}:{number}", shown)
            _read(files, f"{word}:{number}", shown)
    return shown


def _look(app: AppTest, place: str, shown: Shown) -> None:
    for metric in app.metric:
        text = f"{metric.label}: {metric.value}"
        shown.add(f"{place} metric", text, figures_in(metric.value))
    for kind in ("markdown", "caption", "info", "success", "warning"):
        for sentence in app.get(kind):
            shown.add_each(f"{place} {kind}", sentence.value)
    for table in app.dataframe:
        named = json.loads(table.proto.columns or "{}")
        titles = [
            (named.get(str(name)) or {}).get("label", str(name))
            for name in table.value.columns
        ]
        _look_at_table(table.value, titles, f"{place} table", shown)
    for chart in app.get("plotly_chart"):
        _look_at_chart(json.loads(chart.proto.spec), f"{place} axis", shown)


def _look_at_table(
    table: pd.DataFrame, titles: Sequence[str], place: str, shown: Shown
) -> None:
    """Each column of figures by its title, or by what its rows are called; each cell of text."""
    columns = [table.iloc[:, number] for number in range(len(titles))]
    is_text = [not pd.api.types.is_numeric_dtype(column) for column in columns]
    texts = [
        column.map(lambda cell: cell if isinstance(cell, str) else "")
        for column, text in zip(columns, is_text, strict=True)
        if text
    ]
    rows = [" ".join(cells) for cells in zip(*texts, strict=True)]
    for column, title, text in zip(columns, titles, is_text, strict=True):
        if not text:
            shown.add(place, title, column, rows)
            continue
        for cell, row in zip(column.head(_CELLS), rows, strict=False):
            if isinstance(cell, str):
                shown.add_each(f"{place} cell", cell, f"{title} | {row}")


def _look_at_chart(spec: dict[str, Any], place: str, shown: Shown) -> None:
    for trace in spec["data"]:
        for axis in set("xyz") & set(trace):
            if trace["type"] in ("sankey", "heatmap"):
                continue
            name = f"{axis}axis" + str(trace.get(f"{axis}axis", axis))[1:]
            layout = spec["layout"].get(name) or {}
            title = (layout.get("title") or {}).get("text", "")
            values = _array(trace[axis])
            if values is not None:
                shown.add(place, f"{title} [{trace.get('name')}]", values)


def _read(files: list[tuple[str, Any]], place: str, shown: Shown) -> None:
    for name, data in files:
        if not name.endswith(".csv"):
            continue
        content = data() if callable(data) else data
        frame = pd.read_csv(io.BytesIO(content))
        titles = [str(title) for title in frame.columns]
        _look_at_table(frame, titles, f"{place} file {name}", shown)


def figures_in(text: str) -> list[float]:
    """The figures of a text; 5.98万 and 59.8K are read as they are meant."""
    return [
        float(digits.replace(",", "")) * _SHORT[short]
        for digits, short in _NUMBER.findall(text)
    ]


def _array(values: Any) -> np.ndarray | None:
    if isinstance(values, dict):
        return np.frombuffer(
            base64.b64decode(values["bdata"]), values["dtype"]
        ).astype(float)
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    return numbers.to_numpy(dtype=float) if numbers.notna().any() else None
