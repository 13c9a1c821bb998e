"""Scores of surveys: by hand, on which scale, how sure, and who did not answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.feedback import SurveyOptions, survey_scores
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

NPS = [10] * 50 + [8] * 30 + [3] * 20


def keys(messages: tuple[Message, ...]) -> list[str]:
    for message in messages:
        assert all(
            message.sentence(language) for language in ("en", "zh")
        )  # and every detail is there
    return [message.key for message in messages]


def overall(table: pd.DataFrame, measure: str) -> pd.Series:
    return table[(table["measure"] == measure) & (table["by"] == "")].iloc[0]


def test_nps_of_fifty_thirty_twenty_is_thirty_with_the_adjusted_interval() -> None:
    survey = survey_scores(pd.DataFrame({"nps": NPS}))
    nps = overall(survey.scores, "nps")
    assert nps["value"] == pytest.approx(30)
    assert [round(nps[name], 1) for name in ("adjusted", "lo", "hi")] == [
        29.1,
        14.1,
        44.2,
    ]
    assert (nps["above"], nps["below"], nps["n"]) == (0.5, 0.2, 100)
    summary = survey.summary()
    assert summary["nps"] == pytest.approx(30) and summary["csat"] is None


def test_csat_is_the_two_best_by_wilson_and_the_mean_by_t() -> None:
    survey = survey_scores(
        pd.DataFrame({"csat": [5, 5, 4, 4, 4, 4, 5, 4, 3, 1]})
    ).scores
    share, mean = overall(survey, "csat"), overall(survey, "csat_mean")
    assert share["value"] == 0.8
    assert [round(share[end], 3) for end in ("lo", "hi")] == [0.49, 0.943]
    # Mean 3.9, deviation 1.1972, t(9) 2.2622: 3.9 ± 0.8564.
    assert (mean["value"], mean["lo"], mean["hi"]) == pytest.approx(
        (3.9, 3.0436, 4.7564), abs=1e-4
    )


def test_all_equal_answers_have_an_interval_of_the_score_but_none_of_the_mean() -> (
    None
):
    survey = survey_scores(pd.DataFrame({"nps": [10] * 8, "csat": [4] * 8})).scores
    assert overall(survey, "nps")["lo"] < 100
    assert overall(survey, "csat")["lo"] < 1
    assert np.isnan(overall(survey, "csat_mean")["lo"])


@pytest.mark.parametrize(
    ("column", "answers"),
    [
        ("nps", [1, 2, 3, 4, 5] * 4),
        ("nps", [1, 3, 5, 7] * 10),
        ("nps", [0, 20, 80, 100] * 5),
        ("nps", [-100, 0, 100]),
        ("nps", [0, 1] * 10),
        ("csat", [0, 3, 7, 10] * 5),
        ("csat", [0, 1] * 9),
        ("csat", [True] * 12),
        ("rating", [10, 9, 4] * 5),
        ("rating", [0, 50, 100]),
    ],
)
def test_a_scale_that_is_not_the_usual_one_is_asked_for(
    column: str, answers: list[int]
) -> None:
    survey = survey_scores(pd.DataFrame({column: answers}))
    assert keys(survey.questions) == [f"feedback.survey.ask.{column}"]
    assert survey.scores.empty and survey.summary()[column] is None


@pytest.mark.parametrize(
    ("scale", "answers", "nps"),
    [
        ("1-5", [5, 5, 4, 3], 25.0),
        ("1-7", [7, 6, 5, 4], 0.0),
        ("1-10", [10, 9, 8, 7, 6], 20.0),
        ("0-100", [100, 85, 84, 65, 64], 20.0),
        ("0-10", [1, 2, 3, 4, 5] * 4, -100.0),
    ],
)
def test_a_scale_that_was_said_is_read_in_its_own_places(
    scale: str, answers: list[int], nps: float
) -> None:
    options = SurveyOptions().from_dict({"nps_scale": scale})
    survey = survey_scores(pd.DataFrame({"nps": answers}), options)
    assert not survey.questions
    assert overall(survey.scores, "nps")["value"] == pytest.approx(nps)


def test_a_scale_on_which_one_is_best_counts_the_ones_and_twos() -> None:
    table = pd.DataFrame({"csat": [1, 2, 2, 5]})
    survey = survey_scores(table, SurveyOptions(csat_scale="5-1")).scores
    assert overall(survey, "csat")["value"] == 0.75


def test_two_scores_that_run_against_each_other_raise_a_question() -> None:
    table = pd.DataFrame({"nps": [10, 9, 2, 0] * 10, "csat": [1, 1, 4, 5] * 10})
    assert "feedback.survey.note.turned" in keys(survey_scores(table).notes)
    turned = survey_scores(table, SurveyOptions(csat_scale="5-1"))
    assert not turned.notes


def test_a_few_codes_off_the_scale_are_left_out_and_said() -> None:
    survey = survey_scores(pd.DataFrame({"nps": [*NPS, 99, 99, -1]}))
    assert overall(survey.scores, "nps")["value"] == pytest.approx(30)
    assert keys(survey.notes) == ["feedback.survey.note.off_scale"]
    assert survey.notes[0].details["values"] == ["-1", "99"]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"text": ["good"]}),
        pd.DataFrame({"nps": [None, None]}),
        pd.DataFrame({"csat": ["very good", "bad"]}),
        pd.DataFrame({"nps": pd.Series([], dtype=float)}),
    ],
)
def test_a_table_without_scores_says_so(table: pd.DataFrame) -> None:
    with pytest.raises(AnalysisError, match="No column has a score"):
        survey_scores(table)


def test_a_column_that_is_not_there_cannot_be_compared_by() -> None:
    with pytest.raises(AnalysisError, match="no column “shop”"):
        survey_scores(pd.DataFrame({"nps": NPS}), SurveyOptions(by=("shop",)))
    people = pd.DataFrame({"customer": ["a"]})
    with pytest.raises(AnalysisError, match="no column “worth”"):
        survey_scores(
            pd.DataFrame({"nps": NPS}), SurveyOptions(value="worth"), people
        )


def test_groups_under_thirty_answers_have_no_rank() -> None:
    table = pd.DataFrame({"nps": NPS * 2})
    table["channel"] = np.repeat(["App", "Web", "Phone", "Post"], [80, 80, 29, 11])
    survey = survey_scores(table)
    by = survey.scores[survey.scores["by"] == "channel"].set_index("group")
    assert by["rank"].notna().to_dict() == {
        "App": True,
        "Web": True,
        "Phone": False,
        "Post": False,
    }
    assert set(by["rank"].dropna()) == {1, 2}
    few = survey_scores(table.iloc[::10])
    assert few.scores["rank"].isna().all()
    assert keys(few.notes) == ["feedback.survey.note.few_scores"]


def test_groups_are_compared_with_all_others_and_months_with_the_one_before() -> (
    None
):
    table = pd.DataFrame({"nps": [10] * 60 + [0] * 60})
    table["channel"] = ["App"] * 60 + ["Web"] * 60
    table["date"] = pd.to_datetime(["2024-01-05"] * 60 + ["2024-03-05"] * 60)
    result = survey_scores(table).differences.set_index(["by", "group"])
    web = result.loc[("channel", "Web")]
    assert web["difference"] == -200 and web["hi"] < -180 and web["p"] < 1e-9
    month = result.loc["month"]
    assert list(month.index) == ["2024-03"] and list(month["other"]) == ["2024-01"]


def test_answers_of_the_same_customers_are_worth_as_many_as_the_customers() -> None:
    once = pd.DataFrame({"nps": NPS, "customer": range(100)})
    thrice = pd.concat([once] * 3, ignore_index=True)
    first, second = (
        overall(survey_scores(table).scores, "nps") for table in (once, thrice)
    )
    assert second["n"] == 300 and second["people"] == 100
    assert (second["lo"], second["hi"]) == pytest.approx((first["lo"], first["hi"]))


def customers() -> pd.DataFrame:
    """A hundred: thirty of segment a, seventy of b; the dearest are the last."""
    return pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(100)],
            "segment": ["a"] * 30 + ["b"] * 70,
            "monetary": np.arange(100.0),
        }
    )


def test_who_does_not_answer_is_said_by_segment_and_value() -> None:
    answered = pd.DataFrame({"customer": customers()["customer"][:45], "nps": 9})
    survey = survey_scores(answered, customers=customers())
    rates = survey.responses.set_index(["by", "group"])
    assert rates.loc[("", ""), "rate"] == 0.45
    assert rates.loc[("segment", "a"), "rate"] == 1
    assert rates.loc[("segment", "b"), "answered"] == 15
    assert list(rates.loc["value"].index) == ["low", "middle", "high"]
    assert rates.loc[("value", "high"), "answered"] == 0
    assert rates.loc[("value", "high"), "difference_hi"] < 0
    assert keys(survey.notes) == ["feedback.survey.note.asked_all"]
    assert survey.summary()["response_rate"] == 0.45


def test_customers_asked_in_vain_are_who_was_asked() -> None:
    survey = survey_scores(
        pd.DataFrame({"customer": [1.0, 2.0, 3.0, 4.0], "nps": [9, None, 10, None]})
    )
    assert survey.summary()["response_rate"] == 0.5
    assert keys(survey.notes)[0] == "feedback.survey.note.asked_listed"


def test_customers_are_the_same_however_their_number_is_written() -> None:
    people = pd.DataFrame(
        {"customer": ["1", "2", " 3"], "segment": ["x", "x", "y"]}
    )
    answers = pd.DataFrame({"customer": [1.0, 3.0, 8.0], "nps": [9, 10, 1]})
    survey = survey_scores(answers, customers=people)
    assert survey.responses["answered"].tolist() == [2, 1, 1]
    assert "feedback.survey.note.strangers" in keys(survey.notes)
    nobody = survey_scores(
        answers.assign(customer=["p", "q", "r"]), customers=people
    )
    assert nobody.responses.empty
    assert keys(nobody.notes)[0] == "feedback.survey.note.no_match"


def test_the_weighted_line_is_that_of_the_customers() -> None:
    """Of segment a, a fifth of the customers, all answer and are content; of b a tenth."""
    people = pd.DataFrame(
        {"customer": range(1000), "segment": ["a"] * 200 + ["b"] * 800}
    )
    rows = np.r_[0:200, 200:280]
    answers = pd.DataFrame({"customer": rows, "csat": np.where(rows < 200, 5, 1)})
    csat = overall(survey_scores(answers, customers=people).scores, "csat")
    assert csat["value"] == pytest.approx(200 / 280)
    assert csat["weighted"] == pytest.approx(0.2)
    assert csat["weighted_lo"] < 0.2 < csat["weighted_hi"]


def test_scores_of_a_shuffled_table_are_the_same() -> None:
    people = customers()
    answers = people.sample(60, random_state=1)[["customer"]]
    answers = answers.assign(
        nps=np.resize([10, 8, 3], 60), channel=["App", "Web"] * 30
    )
    first = survey_scores(answers, customers=people)
    second = survey_scores(answers.sample(frac=1, random_state=2), customers=people)
    pd.testing.assert_frame_equal(first.scores, second.scores)
    pd.testing.assert_frame_equal(first.responses, second.responses)


def test_only_thirty_of_many_products_are_compared() -> None:
    table = pd.DataFrame({"rating": [5, 4] * 100})
    table["product"] = [f"P{number % 40}" for number in range(200)]
    survey = survey_scores(table)
    assert survey.scores.query("by == 'product'")["group"].nunique() == 30
    assert "feedback.survey.note.more_groups" in keys(survey.notes)


@pytest.mark.slow
@pytest.mark.parametrize("repeats", [1, 3])
def test_intervals_hold_as_often_as_promised_with_repeated_and_unequal_answers(
    repeats: int,
) -> None:
    """Segment b answers half as often and is less content; customers repeat themselves.

    The interval of all who would answer, and the weighted one of all customers, each of 250
    surveys, are right in 95 % of them, give or take.
    """
    rng = np.random.default_rng(repeats)
    people = pd.DataFrame({"customer": range(2000), "segment": ["a", "b"] * 1000})
    of_segment = {"a": (0.6, 0.1), "b": (0.2, 0.5)}
    held, held_weighted, held_mean = [], [], []
    for _ in range(250):
        chance = np.where(people["segment"] == "a", 0.1, 0.05)
        who = people[rng.random(2000) < chance]
        nps = []
        for segment in who["segment"]:
            top, bottom = of_segment[segment]
            nps.append(rng.choice([10, 8, 2], p=[top, 1 - top - bottom, bottom]))
        answers = who.assign(nps=nps, csat=rng.integers(1, 6, len(who)))
        answers = pd.concat([answers] * repeats, ignore_index=True)
        scores = survey_scores(
            answers, SurveyOptions(by=("segment",)), people
        ).scores
        nps_row, mean = overall(scores, "nps"), overall(scores, "csat_mean")
        held.append(nps_row["lo"] <= 100 * (2 * 0.5 - 0.3) / 3 <= nps_row["hi"])
        held_weighted.append(nps_row["weighted_lo"] <= 10 <= nps_row["weighted_hi"])
        held_mean.append(mean["lo"] <= 3 <= mean["hi"])
    assert 0.92 <= np.mean(held) <= 0.985
    assert 0.92 <= np.mean(held_mean) <= 0.985
    assert 0.92 <= np.mean(held_weighted) <= 0.985
