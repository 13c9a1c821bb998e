"""P(I), P(I, J) and their difference, by baskets and by lines: by hand, and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.baskets import RuleOptions, Rules, find_rules
from crm_analysis.wording import LANGUAGES, say
from tests.apps import opened, settled
from tests.shops import shops


def _rules(orders: list[str]) -> Rules:
    lines = [
        (number, item) for number, items in enumerate(orders) for item in items
    ]
    table = pd.DataFrame(lines, columns=["order", "product"]).astype(str)
    return find_rules(table, RuleOptions(support=0.01, confidence=0.01))


def test_by_baskets_and_by_lines_as_by_hand() -> None:
    rules = _rules(["ab", "ab", "a", "bc", "abc"])  # N = 5; N(a) 4, N(b) 4, N(c) 2
    baskets, lines = rules.probabilities(), rules.probabilities("lines")
    assert (baskets.base, lines.base) == (5, 10)
    assert baskets.items["p"].tolist() == [0.8, 0.8, 0.4]
    assert lines.items["p"].tolist() == [0.4, 0.4, 0.2]
    together = lines.pairs.set_index(["item_a", "item_b"])
    assert together.loc[("a", "b"), "p_joint"] == 3 / 10
    assert together.loc[("a", "b"), "difference"] == pytest.approx(0.3 - 0.16)
    by_baskets = baskets.pairs.set_index(["item_a", "item_b"])
    assert by_baskets.loc[("a", "b"), "difference"] == pytest.approx(0.6 - 0.64)
    assert by_baskets.loc[("a", "c"), "p_joint"] == 1 / 5


def test_by_baskets_they_are_support_and_leverage_and_by_lines_add_up_to_one() -> (
    None
):
    rng = np.random.default_rng(0)
    rules = _rules(["".join(rng.choice(list("abcdefgh"), 3)) for _ in range(400)])
    baskets, lines = rules.probabilities("baskets"), rules.probabilities("lines")
    key = ["item_a", "item_b"]
    joined = baskets.pairs.merge(rules.pairs, on=key)
    assert len(joined) == len(rules.pairs)
    assert np.allclose(joined["difference"], joined["leverage"])
    assert np.allclose(joined["p_joint"], joined["support"])
    assert lines.items["p"].sum() == pytest.approx(1)
    assert lines.items["p"].tolist() == rules.items["line_share"].tolist()
    sizes = lines.pairs["difference"].abs().round(12)
    assert sizes.is_monotonic_decreasing


def test_another_way_is_refused() -> None:
    with pytest.raises(ValueError, match="'baskets', 'lines'"):
        _rules(["ab", "a"]).probabilities("orders")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Workspaces with the orders of the sample shop."""
    with shops(tmp_path_factory, 0) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_either_with_its_formula(home: Any, language: str) -> None:
    page = Path("pages/understand/baskets.py").as_posix()
    tab = say("baskets.tab.frequencies", language)
    app = opened(page, language, home[language], **{"baskets.tabs": tab})
    for by in ("baskets", "lines"):
        (way,) = (
            one for one in app.button_group if one.key == "baskets.probabilities_by"
        )
        settled(way.set_value(by).run())
        assert not app.exception
        said = " ".join(one.value for one in app.caption)
        formula = say(f"baskets.frequencies.formula_{by}", language, base=0)
        assert formula.partition("{")[0][:20] in said
        assert ("Σ N = " in said) == (by == "lines")
        tables = [set(one.value.columns) for one in app.dataframe]
        assert any({"p_joint", "difference"} <= names for names in tables) == (
            by == "lines"
        )
        assert f"by={by!r}" in app.code[-1].value
