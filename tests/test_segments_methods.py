"""A way to segment is one file and one entry; what is given to `segment` by mistake is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.segments import (
    METHODS,
    KMeansOptions,
    from_dict,
    method_of,
    prepare,
    segment,
    segment_names,
    segment_prepared,
    to_dict,
)
from crm_analysis.analyses.segments.methods.counted import (
    Clustering,
    CountedMethod,
    from_centres,
)
from crm_analysis.analyses.segments.models import Centroids
from crm_analysis.analyses.segments.options import CountOptions, FeatureOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.wording import phrases, phrases_of, say
from tests.shops import workspaces_of
from tests.test_page_of_segments import on, opened


@dataclass(frozen=True, kw_only=True)
class StripeOptions(FeatureOptions, CountOptions):
    """Stripes of as many customers each."""


class StripeMethod(CountedMethod):
    """Customers in stripes along the first feature."""

    OPTIONS = StripeOptions

    def fitter(
        self, points: np.ndarray, options: Any, notes: list[Message]
    ) -> Callable[[int], Clustering]:
        return lambda clusters: from_centres(
            points, self.refit(points, clusters, options, 0).centres
        )

    def refit(
        self, points: np.ndarray, clusters: int, options: Any, seed: int
    ) -> Centroids:
        order = np.argsort(points[:, 0], kind="stable")
        return Centroids(
            np.stack(
                [points[part].mean(0) for part in np.array_split(order, clusters)]
            )
        )


def people(count: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = np.repeat([20.0, 50.0, 80.0], count // 3) + rng.normal(0, 2, count)
    return pd.DataFrame(
        {
            "customer": [f"C{row:03d}" for row in range(count)],
            "age": age.round(1),
        }
    )


@pytest.fixture
def stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method from the outside: its class, its entry and its phrases."""
    monkeypatch.setitem(METHODS, "stripes", StripeMethod())
    for key in ("segments.method.stripes", "segments.how.stripes"):
        monkeypatch.setitem(
            phrases_of("segments"), key, {"en": "Stripes", "zh": "条带"}
        )


@pytest.mark.usefixtures("stripes")
def test_a_method_from_the_outside_segments_is_saved_and_applied() -> None:
    result = segment(people(), StripeOptions(clusters=3))
    assert result.method == "stripes" and result.profile["size"].tolist() == [
        30,
        30,
        30,
    ]
    ready = prepare(people(), StripeOptions())
    assert (
        segment_prepared(ready, StripeOptions(clusters=2)).summary()["segments"]
        == 2
    )
    back = from_dict(to_dict(result), people())
    assert (
        back.apply(people(9))["segment"].tolist()
        == result.apply(people(9))["segment"].tolist()
    )


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with workspaces_of(tmp_path_factory, {"people": people}) as made:
        yield made["people"]


@pytest.mark.slow
@pytest.mark.usefixtures("stripes")
def test_a_method_from_the_outside_is_offered_on_the_page(home: Any) -> None:
    app = opened(home)
    choice = app.selectbox(key="segments.method")
    assert "Stripes" in choice.options
    choice.set_value("stripes")
    assert not on(app, "profile").exception
    assert say("segments.how.stripes", "en") in [one.value for one in app.markdown]
    assert "StripeOptions" in app.code[-1].value


def test_options_of_something_else_are_refused() -> None:
    for verb in (prepare, segment):
        with pytest.raises(
            ValueError, match="options is a RuleOptions; it must be one of RFM"
        ):
            verb(people(), crm.RuleOptions())
    assert method_of(KMeansOptions()) == "kmeans"


def test_prepared_with_other_settings_is_refused() -> None:
    ready = prepare(people(), KMeansOptions(clusters=4))
    assert segment_prepared(ready).summary()["segments"] == 4
    assert segment_prepared(ready, KMeansOptions()).summary()["segments"] == 3
    for other in (KMeansOptions(scale="robust"), crm.DBSCANOptions()):
        with pytest.raises(ValueError, match="prepared with"):
            segment_prepared(ready, other)


def test_order_lines_are_no_customers() -> None:
    lines = pd.DataFrame({"customer": ["a", "a", "b"], "amount": [1.0, 2.0, 3.0]})
    for table in (lines, lines.assign(date=pd.Timestamp("2024-01-01"))):
        with pytest.raises(
            AnalysisError, match="3 rows are order lines"
        ) as problem:
            segment(table)
        assert problem.value.sentence("zh")


def test_a_customer_with_several_rows_is_refused() -> None:
    twice = pd.concat([people(), people().head(2)])
    with pytest.raises(AnalysisError, match="2 rows repeat a customer") as problem:
        segment(twice)
    assert problem.value.details["examples"] == ["C000", "C001"]


def test_the_tables_carry_the_name_in_words_beside_its_key() -> None:
    result = segment(people(), KMeansOptions(clusters=3))
    names = segment_names(result)
    assert result.profile["name"].tolist() == list(names.values())
    assert all(
        names[label].startswith(("High", "Low", "About", "Typical"))
        or "age" in names[label]
        for label in names
    )
    assert (
        result.customers["name"].tolist()
        == result.customers["segment"].map(names).tolist()
    )
    new = result.apply(people(30))
    for table in (result.profile, result.customers, new):
        assert set(table["name_key"]) <= set(phrases())
    assert segment_names(result, "zh") != names and list(
        segment_names(result, "zh")
    ) == list(names)
