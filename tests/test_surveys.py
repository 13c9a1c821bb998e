"""Surveys and reviews: scores, several questions, a row an answer, several columns of text."""

from __future__ import annotations

import pytest

from crm_analysis import CleanOptions, ReadOptions, clean, guess_roles, read_table
from crm_analysis.tables.kinds import KINDS

_LIKED = [
    "Quick help on the phone",
    "Cheap and good things",
    "Friendly patient staff",
]
_BETTER = [
    "Make delivery cheaper please",
    "Open longer on weekends",
    "Answer my mails",
]
_QUESTIONS = {
    "How likely are you to recommend us?": [
        str(number % 11) for number in range(40)
    ],
    "How satisfied are you with our service?": [
        str(number % 5 + 1) for number in range(40)
    ],
    "What could we do better?": [f"{_BETTER[n % 3]} {n}" for n in range(40)],
    "What do you like most?": [f"{_LIKED[n % 3]} {n}" for n in range(40)],
}


def _wide() -> bytes:
    lines = [",".join(["Respondent", "Date", *_QUESTIONS])]
    lines += [
        f"R{n},2024-03-{n % 28 + 1:02d},"
        + ",".join(answers[n] for answers in _QUESTIONS.values())
        for n in range(40)
    ]
    return "\n".join(lines).encode()


def _long(question: str = "question", answer: str = "answer") -> bytes:
    lines = [f"respondent_id,date,question_id,{question},{answer}"]
    lines += [
        f"R{n},2024-03-{n % 28 + 1:02d},{number},{asked},{answers[n]}"
        for n in range(40)
        for number, (asked, answers) in enumerate(_QUESTIONS.items())
    ]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("content", [_wide(), _long(), _long("题目", "答案")])
def test_a_survey_is_feedback_whether_a_row_is_a_person_or_an_answer(
    content: bytes,
) -> None:
    raw = read_table(content, name="survey.csv")
    roles = guess_roles(raw)
    assert roles.kind == "feedback"
    assert {"customer", "date", "nps", "csat", "text"} == set(roles.columns)
    cleaned = clean(raw, roles)
    table = cleaned.table
    assert len(table) == 40
    assert table["nps"].tolist() == [number % 11 for number in range(40)]
    assert table["csat"].tolist() == [number % 5 + 1 for number in range(40)]
    summary = cleaned.summary()
    records = len(content.decode().splitlines())
    assert summary["records_in"] == records == summary["header"] + summary["kept"]


def test_what_was_written_under_several_questions_is_one_comment_and_is_asked() -> (
    None
):
    raw = read_table(_wide(), name="survey.csv")
    roles = guess_roles(raw)
    cleaned = clean(raw, roles)
    asked = dict(cleaned.questions)["cleaning.question.texts"]
    assert asked["columns"] == list(_QUESTIONS)[2:] and asked["default"] == "join"
    assert cleaned.table["text"].iloc[1] == f"{_BETTER[1]} 1\n{_LIKED[1]} 1"
    assert cleaned.table[list(_QUESTIONS)[3]].iloc[1] == f"{_LIKED[1]} 1"
    alone = clean(raw, roles, CleanOptions(texts="one")).table
    assert alone["text"].iloc[1] == f"{_BETTER[1]} 1"


def test_the_rows_of_a_survey_stay_as_they_are_where_a_person_wants_that() -> None:
    raw = read_table(_long(), ReadOptions(shape="columns"), name="survey.csv")
    assert raw.reading.rows == 160 and "question" in raw.reading.columns
    (question,) = [one for one in raw.reading.questions if "answers" in one.key]
    assert question.details["default"] == "columns"


def test_answers_of_nobody_are_not_lost() -> None:
    content = _long() + b"\n,2024-03-02,0,How likely are you to recommend us?,9"
    raw = read_table(content, name="survey.csv")
    assert raw.reading.rows == 161


def test_a_shops_answer_is_not_what_a_customer_said() -> None:
    lines = ["review,store_reply,rating"]
    lines += [
        f"The tea was stale again {n},We are very sorry for that {n},2"
        for n in range(30)
    ]
    raw = read_table("\n".join(lines).encode(), name="reviews.csv")
    table = clean(raw, guess_roles(raw)).table
    assert table["text"].iloc[0] == "The tea was stale again 0"


@pytest.mark.parametrize("score", ["nps", "csat"])
def test_scores_without_a_comment_are_feedback(score: str) -> None:
    lines = [f"customer,date,{score}"]
    lines += [f"K{n},2024-03-{n % 28 + 1:02d},{n % 5 + 1}" for n in range(60)]
    roles = guess_roles(read_table("\n".join(lines).encode(), name="scores.csv"))
    assert (roles.kind, roles.columns[score]) == ("feedback", score)


def test_the_columns_of_feedback_stand_in_the_order_of_the_kind() -> None:
    assert [role.name for role in KINDS["feedback"].roles] == [
        *("text", "customer", "date", "rating", "nps", "csat"),
        *("product", "channel", "language"),
    ]


def test_a_column_of_quoted_comments_is_one_column() -> None:
    lines = ["comment", *(f'"Good tea, quick delivery {n}"' for n in range(60))]
    raw = read_table("\n".join(lines).encode(), name="comments.csv")
    roles = guess_roles(raw)
    assert raw.reading.columns == ("comment",) and roles.columns == {
        "text": "comment"
    }
    assert raw.table["comment"].iloc[0] == "Good tea, quick delivery 0"
