"""What segments are called and what is said of them: every word true of the numbers, and no two names the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments import DBSCANOptions, KMeansOptions, segment
from crm_analysis.presentation.pictures.segments import feature_name, names_of, profile_table, rule_text
from crm_analysis.wording import LANGUAGES, say


def attributes(rows: int = 400) -> pd.DataFrame:
    """Customers with a category that is often not known, a flag, a date and a number."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(rows)],
            "city": rng.choice(["Paris", "Rome", None], rows, p=[0.4, 0.2, 0.4]),
            "vip": rng.random(rows) < 0.3,
            "member_since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
            "age": rng.integers(18, 80, rows),
        }
    )


def test_a_category_that_is_not_known_is_a_level_and_no_number():
    found = segment(attributes(), KMeansOptions(clusters=6, features=("city", "vip")))
    names = {label: say(key, "en", **details) for label, (key, details) in found.names.items()}
    assert len(set(names.values())) == 6
    unknown = [label for label in names if found.customers.loc[found.customers["segment"] == label, "city"].isna().all()]
    assert len(unknown) == 2
    for label in unknown:
        assert "city: not known" in names[label] or "vip: no" in names[label]
        what, _ = found.sentences[label]
        assert "city “not known” (all" in say(what[0], "en", **what[1])
        assert "city为“未知”" in say(what[0], "zh", **what[1])
    told = " ".join(say(key, "en", **details) for phrases in found.sentences.values() for key, details in phrases)
    assert "on average" not in told  # a share is no mean of cities
    rules = " | ".join(rule_text(found, rule.conditions, "en") for rule in found.rules.rules)
    assert "city is not known" in rules
    assert "“”" not in rules
    assert "city = not known" in profile_table(found, "en").columns
    assert "_missing" in set(found.axes["level"])


def test_a_flag_is_yes_or_no():
    found = segment(attributes(), KMeansOptions(clusters=2, features=("vip",)))
    assert {say(key, "en", **details) for key, details in found.names.values()} == {"vip: yes", "vip: no"}
    rare = next(label for label, (_, details) in found.names.items() if details["first_level"] == "_yes")
    share = found.customers["vip"].mean()
    assert say(found.sentences[rare][0][0], "en", **found.sentences[rare][0][1]).endswith(f"100% of them have vip “yes”, against {share:.0%} of all customers.")
    assert {rule_text(found, rule.conditions, "zh") for rule in found.rules.rules} == {"vip为「是」", "vip为「否」"}


def test_dates_are_early_or_late_and_said_as_days():
    people = attributes()
    found = segment(people, KMeansOptions(clusters=2, features=("member_since",)))
    names = {label: say(key, "en", **details) for label, (key, details) in found.names.items()}
    assert set(names.values()) == {"Early member_since", "Late member_since"}
    for label, name in names.items():
        own = found.customers.loc[found.customers["segment"] == label, "member_since"].mean()
        assert (own < people["member_since"].mean()) == name.startswith("Early")
        assert abs(pd.Timestamp(found.sentences[label][0][1]["first_mean"]) - own) < pd.Timedelta(days=1.1)
    assert "days since member_since" in profile_table(found, "en").columns


def test_many_segments_of_one_number_are_told_apart_by_how_much():
    for name in ("age", "member_since"):
        found = segment(attributes(), KMeansOptions(clusters=6, features=(name,)))
        said = [say(key, "en", **details) for key, details in found.names.values()]
        assert len(set(said)) == 6
        assert sum(f"{name} about" in one for one in said) >= 4
        assert not any("Group" in one for one in said)


def test_one_dense_group_beside_noise_is_not_all_customers():
    people = pd.DataFrame({"customer": [f"C{n}" for n in range(60)], "x": [n % 7 for n in range(59)] + [500], "y": [n % 5 for n in range(59)] + [500]})
    found = segment(people, DBSCANOptions(scale="none", radius=2.0, min_samples=4))
    assert {label: key for label, (key, _) in found.names.items()} == {-1: "segments.name.noise", 0: "segments.name.main"}


def test_what_is_high_on_the_log_scale_only_is_not_called_high():
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"customer": [f"C{number}" for number in range(800)], "spend": np.exp(rng.normal(4, 2, 800)).round(2)})
    for clusters in (3, 4, 5, 7):
        found = segment(people, KMeansOptions(clusters=clusters, outliers="keep"))
        assert found.encoding.features[0].log
        names = {label: say(key, "en", **details) for label, (key, details) in found.names.items()}
        assert len(set(names.values())) == clusters
        for label, name in names.items():
            own, everyone = found.customers.loc[found.customers["segment"] == label, "spend"].mean(), people["spend"].mean()
            assert not name.startswith("High") or own > everyone
            assert not name.startswith("Low") or own < everyone
            assert found.sentences[label][0][0] != "segments.what.number" or (own > everyone) == (found.sentences[label][1][0] == "segments.do.high")
            assert "Group" not in name


def test_a_column_that_only_sounds_like_ours_is_called_as_the_reader_calls_it():
    months = pd.DataFrame({"customer": [f"C{one}" for one in range(60)], "tenure": [2.0] * 30 + [70.0] * 30, "charges": [20.0, 21.0] * 15 + [90.0, 91.0] * 15})
    found = segment(months, KMeansOptions(clusters=2))
    for language in LANGUAGES:
        text = " ".join(
            [
                *names_of(found, language).values(),
                *(say(key, language, **details) for one in found.sentences.values() for key, details in one),
            ]
        )
        assert "“tenure”" in text and not ("first order" in text or "首次购买" in text)
        assert feature_name("tenure", months, language) == "“tenure”"
