"""What segments are called and what is said of them: true of the numbers, no two names the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.segments import (
    DBSCANOptions,
    KMeansOptions,
    segment,
    segment_names,
)
from crm_analysis.presentation.pictures.forecast import faint
from crm_analysis.presentation.pictures.segments import (
    feature_name,
    profile_table,
    rule_text,
)
from crm_analysis.wording import LANGUAGES, say

COLOURS = ["#0072B2", "#E07B00"]


def attributes(rows: int = 400) -> pd.DataFrame:
    """Customers with a category that is often not known, a flag, a date and a number."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(rows)],
            "city": rng.choice(["Paris", "Rome", None], rows, p=[0.4, 0.2, 0.4]),
            "vip": rng.random(rows) < 0.3,
            "member_since": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
            "age": rng.integers(18, 80, rows),
        }
    )


def test_a_category_that_is_not_known_is_a_level_and_no_number() -> None:
    result = segment(
        attributes(), KMeansOptions(clusters=6, features=("city", "vip"))
    )
    names = {
        label: say(key, "en", **details)
        for label, (key, details) in result.names.items()
    }
    assert len(set(names.values())) == 6
    unknown = [
        label
        for label in names
        if result.customers.loc[result.customers["segment"] == label, "city"]
        .isna()
        .all()
    ]
    assert len(unknown) == 2
    for label in unknown:
        assert "city: not known" in names[label] or "vip: no" in names[label]
        what, _ = result.sentences[label]
        assert "city “not known” (all" in say(what[0], "en", **what[1])
        assert "city为“未知”" in say(what[0], "zh", **what[1])
    told = " ".join(
        say(key, "en", **details)
        for phrases in result.sentences.values()
        for key, details in phrases
    )
    assert "on average" not in told  # a share is no mean of cities
    rules = " | ".join(
        rule_text(result, rule.conditions, "en") for rule in result.rules.rules
    )
    assert "city is not known" in rules
    assert "“”" not in rules
    assert "city = not known" in profile_table(result, "en").columns
    assert "_missing" in set(result.axes["level"])


def test_a_flag_is_yes_or_no() -> None:
    result = segment(attributes(), KMeansOptions(clusters=2, features=("vip",)))
    assert {
        say(key, "en", **details) for key, details in result.names.values()
    } == {
        "vip: yes",
        "vip: no",
    }
    rare = next(
        label
        for label, (_, details) in result.names.items()
        if details["first_level"] == "_yes"
    )
    share = result.customers["vip"].mean()
    assert say(
        result.sentences[rare][0][0], "en", **result.sentences[rare][0][1]
    ).endswith(
        f"100% of them have vip “yes”, against {share:.0%} of all customers."
    )
    assert {
        rule_text(result, rule.conditions, "zh") for rule in result.rules.rules
    } == {
        "vip为“是”",
        "vip为“否”",
    }


def test_dates_are_early_or_late_and_said_as_days() -> None:
    people = attributes()
    result = segment(people, KMeansOptions(clusters=2, features=("member_since",)))
    names = {
        label: say(key, "en", **details)
        for label, (key, details) in result.names.items()
    }
    assert set(names.values()) == {"Early member_since", "Late member_since"}
    for label, name in names.items():
        own = result.customers.loc[
            result.customers["segment"] == label, "member_since"
        ].mean()
        assert (own < people["member_since"].mean()) == name.startswith("Early")
        assert abs(
            pd.Timestamp(result.sentences[label][0][1]["first_mean"]) - own
        ) < pd.Timedelta(days=1.1)
    assert "days since member_since" in profile_table(result, "en").columns


@pytest.mark.slow
def test_many_segments_of_one_number_are_told_apart_by_how_much() -> None:
    for name in ("age", "member_since"):
        result = segment(attributes(), KMeansOptions(clusters=6, features=(name,)))
        said = [say(key, "en", **details) for key, details in result.names.values()]
        assert len(set(said)) == 6
        assert sum(f"{name} about" in one for one in said) >= 4
        assert not any("Group" in one for one in said)


def test_one_dense_group_beside_noise_is_not_all_customers() -> None:
    people = pd.DataFrame(
        {
            "customer": [f"C{n}" for n in range(60)],
            "x": [n % 7 for n in range(59)] + [500],
            "y": [n % 5 for n in range(59)] + [500],
        }
    )
    result = segment(people, DBSCANOptions(scale="none", radius=2.0, min_samples=4))
    assert {label: key for label, (key, _) in result.names.items()} == {
        -1: "segments.name.noise",
        0: "segments.name.main",
    }


@pytest.mark.slow
def test_what_is_high_on_the_log_scale_only_is_not_called_high() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(800)],
            "spend": np.exp(rng.normal(4, 2, 800)).round(2),
        }
    )
    for clusters in (3, 4, 5, 7):
        result = segment(people, KMeansOptions(clusters=clusters, outliers="keep"))
        assert result.encoding.columns[0].log
        names = {
            label: say(key, "en", **details)
            for label, (key, details) in result.names.items()
        }
        assert len(set(names.values())) == clusters
        for label, name in names.items():
            own, everyone = (
                result.customers.loc[
                    result.customers["segment"] == label, "spend"
                ].mean(),
                people["spend"].mean(),
            )
            assert not name.startswith("High") or own > everyone
            assert not name.startswith("Low") or own < everyone
            what, details = result.sentences[label][0]
            assert what != "segments.what.number" or (own > everyone) == (
                details["first_mean"] > details["first_all"]
            )
            assert "Group" not in name


def test_a_column_that_only_sounds_like_ours_is_called_as_the_reader_calls_it() -> (
    None
):
    months = pd.DataFrame(
        {
            "customer": [f"C{one}" for one in range(60)],
            "tenure": [2.0] * 30 + [70.0] * 30,
            "charges": [20.0, 21.0] * 15 + [90.0, 91.0] * 15,
        }
    )
    result = segment(months, KMeansOptions(clusters=2))
    for language in LANGUAGES:
        text = " ".join(
            [
                *segment_names(result, language).values(),
                *(
                    say(key, language, **details)
                    for one in result.sentences.values()
                    for key, details in one
                ),
            ]
        )
        assert (
            "tenure" in text
            and not ("first order" in text or "首次购买" in text)
            and "“" not in text
            and "own_" not in text
        )
        assert feature_name("tenure", months, language) == "tenure"


def _spenders(rows: int = 200) -> pd.DataFrame:
    """Customers who buy much of everything, or little of everything."""
    rng = np.random.default_rng(1)
    much = np.repeat([0.0, 1.0], rows // 2)
    amounts = {
        name: 20 + 60 * much * (1 + place / 10) + rng.normal(0, 14, rows)
        for place, name in enumerate(("wine", "fish", "meat", "fruit", "sweets"))
    }
    return pd.DataFrame(
        {"customer": [f"C{one}" for one in range(rows)], **amounts}
    ).round(2)


def test_groups_that_have_more_or_less_of_everything_say_how_much_they_have_in_common() -> (
    None
):
    result = segment(_spenders(), KMeansOptions(clusters=2))
    assert sorted(name[0] for name in result.names.values()) == [
        "segments.name.high_many",
        "segments.name.low_many",
    ]
    assert all(details["others"] == 4 for _, details in result.names.values())
    assert {
        name.partition(" ")[0] for name in segment_names(result, "en").values()
    } == {
        "High",
        "Low",
    }
    for what, todo in result.sentences.values():
        # The advice is a test that these customers are enough for: 100 of them in halves.
        assert todo[0] == "segments.do.test" and todo[1]["half"] == 50
        assert todo[1]["points"] == pytest.approx(280 * np.sqrt(0.18 / 50))
        assert what[1]["size"] == 100


@pytest.mark.slow
def test_a_second_trait_does_not_repeat_the_first() -> None:
    rng = np.random.default_rng(2)
    online = rng.random(300) < 0.7
    people = pd.DataFrame(
        {
            "customer": [f"C{one}" for one in range(300)],
            "internet": np.where(online, "fibre", "none"),
            "backup": np.where(
                online, rng.choice(["yes", "no"], 300), "no internet"
            ),
            "security": np.where(
                online, rng.choice(["yes", "no"], 300), "no internet"
            ),
            "age": rng.normal(50, 10, 300).round(),
        }
    )
    result = segment(people, KMeansOptions(clusters=2))
    offline = next(
        label
        for label in result.names
        if (
            result.customers.loc[result.customers["segment"] == label, "internet"]
            == "none"
        ).all()
    )
    key, details = result.names[offline]
    assert (
        sum(
            name in segment_names(result, "en")[offline]
            for name in ("internet:", "backup", "security")
        )
        == 1
    ), (key, details)


@pytest.mark.slow
def test_the_map_says_what_grows_along_its_axes_and_counts_no_deviations() -> None:
    from crm_analysis.presentation.pictures.segments import map_figure

    result = segment(_spenders(), KMeansOptions(clusters=2))
    flat, deep = (map_figure(result, "en", deep=deep) for deep in (False, True))
    for axis in (flat.layout.xaxis, deep.layout.scene.xaxis):
        assert axis.title.text and axis.showticklabels is False


@pytest.mark.slow
def test_names_beside_the_bars_leave_them_their_width() -> None:
    from crm_analysis.presentation.pictures.segments import shares

    for language in LANGUAGES:
        figure = shares(
            segment(_spenders(), KMeansOptions(clusters=2)), language, COLOURS
        )
        assert not figure.layout.yaxis.showticklabels
        assert not figure.layout.xaxis.visible
        assert len(figure.layout.annotations) == 2 and all(
            "9" not in (one.text or "") for one in figure.layout.annotations
        )
        assert all(
            one.xanchor == "left" and one.x == 0
            for one in figure.layout.annotations
        )


@pytest.mark.slow
def test_a_segment_has_the_colour_that_it_has_on_the_map() -> None:
    from crm_analysis.presentation.pictures.segments import shares

    result = segment(_spenders(), KMeansOptions(clusters=2))
    profile = result.profile.assign(share_revenue=[0.3, 0.7])
    paid = replace(result, profile=profile)
    customers, revenue = shares(paid, "en", COLOURS).data
    assert list(revenue.marker.color) == COLOURS[:2]
    assert list(customers.marker.color) == [
        faint(colour, 0.45) for colour in COLOURS[:2]
    ]
    assert list(revenue.text) == ["30% of revenue", "70% of revenue"]
