"""Surveys with a row an answer, which become a row a respondent and a column a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.reading.store import new_name

_QUESTION = re.compile(
    r"^(?:survey[ _]?)?(?:question|item)[ _]?(?:text|title|name|label)?$"
    r"|^(?:问题|题目|题干|问卷题目|问题内容)$"
)
_ANSWER = re.compile(
    r"^(?:survey[ _]?)?(?:answers?|response|reply)[ _]?(?:text|value)?$"
    r"|^(?:答案|回答|作答|回复|回答内容|答案内容)$"
)
_RESPONDENT = re.compile(
    r"respond|participant|customer|client|user|member|person|contact|submission|e-?mail"
    r"|response.?(?:id|no|number)|客户|顾客|用户|会员|答卷|受访|填写人|问卷编号|序号"
)
_MAXIMUM_QUESTIONS = 60
_ONCE = 0.95  # of the answers, that are the only one of a respondent to a question


@dataclass(frozen=True)
class Answers:
    """Where a survey with a row an answer has its parts; `others` say more of a respondent."""

    respondent: int
    question: int
    answer: int
    others: tuple[int, ...]
    questions: tuple[str, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that become others."""
        return self.question, self.answer


def find_answers(
    engine: Engine, store: str, names: Sequence[str]
) -> Answers | None:
    """The parts of a survey with a row an answer; None where a table is none."""
    plain = [name.strip().casefold() for name in names]
    question, answer, respondent = (
        _first(plain, pattern) for pattern in (_QUESTION, _ANSWER, _RESPONDENT)
    )
    if question is None or answer is None or respondent is None:
        return None
    table, who, what = quoted(store), f"trim(c{respondent})", f"trim(c{question})"
    asked = engine.run(
        f"SELECT {what} AS q FROM {table} WHERE {what} <> '' GROUP BY q"
        f" ORDER BY min(_line) LIMIT {_MAXIMUM_QUESTIONS + 1}"
    )
    questions = tuple(text for (text,) in asked)
    is_whole = f"{who} <> '' AND {what} <> ''"
    ((rows, pairs, people, nobodys),) = engine.run(
        f"SELECT count(*) FILTER ({is_whole}),"
        f" count(DISTINCT ({who}, {what})) FILTER ({is_whole}),"
        f" count(DISTINCT {who}) FILTER ({is_whole}),"
        f" count(*) FILTER (trim(c{answer}) <> '' AND NOT ({is_whole})) FROM {table}"
    )
    if not 2 <= len(questions) <= _MAXIMUM_QUESTIONS or people < 2 or nobodys:
        return None
    if pairs < _ONCE * rows or rows < 1.5 * people:
        return None
    parts = (respondent, question, answer)
    others = tuple(
        position
        for position in range(len(names))
        if position not in parts
        and not _is_of_question(engine, table, what, position)
    )
    return Answers(respondent, question, answer, others, questions)


def store_answers(
    engine: Engine, store: str, names: Sequence[str], answers: Answers
) -> tuple[str, tuple[str, ...], int]:
    """A row a respondent, in the order of the file; what its columns are called; records left out.

    Several answers of one to the same question stand below each other. A record that says nothing
    is left out.
    """
    target = new_name()
    who, what = f"trim(c{answers.respondent})", f"trim(c{answers.question})"
    kept = [
        f"coalesce(arg_min(c{position}, _line) FILTER (trim(c{position}) <> ''), '') AS c{number}"
        for number, position in enumerate(answers.others, start=1)
    ]
    said = f"string_agg(trim(c{answers.answer}), chr(10) ORDER BY _line)"
    filled = f"trim(c{answers.answer}) <> ''"
    columns = [
        f"coalesce({said} FILTER ({what} = {literal(question)} AND {filled}), '')"
        f" AS c{number}"
        for number, question in enumerate(
            answers.questions, start=len(answers.others) + 1
        )
    ]
    is_whole = f"{who} <> '' AND {what} <> ''"
    engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT * FROM (SELECT min(_source) AS _source,"
        f" min(_line) AS _line, {who} AS c0, {', '.join([*kept, *columns])}"
        f" FROM {quoted(store)} WHERE {is_whole} GROUP BY {who}) ORDER BY _line"
    )
    ((left_out,),) = engine.run(
        f"SELECT count(*) FROM {quoted(store)} WHERE NOT ({is_whole})"
    )
    made = (
        names[answers.respondent],
        *(names[position] for position in answers.others),
    )
    return target, (*made, *answers.questions), int(left_out)


def _first(names: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next(
        (position for position, name in enumerate(names) if pattern.search(name)),
        None,
    )


def _is_of_question(engine: Engine, table: str, what: str, column: int) -> bool:
    """Whether a column only says again which question it is: its number, its type."""
    cell = f"trim(c{column})"
    ((pairs, cells, questions),) = engine.run(
        f"SELECT count(DISTINCT ({cell}, {what})), count(DISTINCT {cell}),"
        f" count(DISTINCT {what}) FROM {table} WHERE {what} <> ''"
    )
    return bool(pairs == questions and cells > 1)
