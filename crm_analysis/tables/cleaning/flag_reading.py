"""Columns that say yes or no, in many words."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.plan import Column
from crm_analysis.tables.cleaning.sql import one_of

__all__ = ["flag_column", "is_yes_no"]

_PAIRS = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("是", "否"),
    ("有", "无"),
    ("on", "off"),
    ("对", "错"),
)
_YES = {"yes", "y", "true", "t", "1", "1.0", "on", "是", "有", "对", "真"}
_NO = {"no", "n", "false", "f", "0", "0.0", "-1", "off", "否", "无", "没有", "错", "假"}
_POSITIVE = {
    "churned": {
        *(
            "churned",
            "churn",
            "attrited",
            "attrited customer",
            "attrition",
            "left",
            "leaver",
            "lost",
            "exited",
            "exit",
            "cancelled",
            "canceled",
            "closed",
        ),
        *(
            "gone",
            "departed",
            "terminated",
            "inactive",
            "lapsed",
            "unsubscribed",
            "defected",
            "流失",
            "已流失",
            "离网",
            "已离网",
            "注销",
            "已注销",
            "退订",
        ),
    },
    "responded": {
        "responded",
        "response",
        "converted",
        "conversion",
        "success",
        "accepted",
        "positive",
        "clicked",
        "bought",
        "响应",
        "已响应",
        "转化",
        "成功",
        "购买",
    },
}
_NEGATIVE = {
    "churned": {
        *(
            "existing customer",
            "existing",
            "active",
            "retained",
            "stayed",
            "current",
            "open",
            "loyal",
            "not churned",
            "non-churn",
            "joined",
            "new",
        ),
        *("未流失", "在网", "留存", "正常", "活跃", "非流失", "续订"),
    },
    "responded": {
        "no response",
        "not responded",
        "none",
        "failure",
        "declined",
        "negative",
        "ignored",
        "未响应",
        "无响应",
        "失败",
        "未转化",
    },
}


def is_yes_no(values: Sequence[str]) -> bool:
    """Whether the distinct values of a column are a pair of words for yes and no.

    >>> is_yes_no(["Yes", "No"]), is_yes_no(["Yes", "No", "No internet"]), is_yes_no(["是", "否"])
    (True, False, True)
    """
    found = {value.strip().lower() for value in values}
    return len(found) == 2 and any(found == set(pair) for pair in _PAIRS)


def flag_column(
    position: int, names: tuple[str, str, str | None], values: Sequence[str], chosen: str | None
) -> Column:
    """The reading of a column as yes or no.

    `values` are its distinct values as written, the commonest first.

    Raises
    ------
    AnalysisError
        `cleaning.not_a_flag` where the column has too many different values to be a yes or no.
    """
    source, name, role = names
    lowered = list(dict.fromkeys(value.strip().lower() for value in values))
    questions: tuple[Message, ...] = ()
    if chosen is not None:
        positive = {chosen.strip().lower()}
    else:
        if len(lowered) > 12:
            raise AnalysisError(
                "cleaning.not_a_flag",
                column=source,
                role=role or "",
                examples=list(values[:4]),
                count=len(lowered),
            )
        known = _YES | _POSITIVE.get(role or "", set())
        negative = _NO | _NEGATIVE.get(role or "", set())
        positive = {value for value in lowered if value in known}
        unsure = [value for value in lowered if value not in known and value not in negative]
        if (
            not positive and len(unsure) == 1 and len(lowered) > 1
        ):  # one word for no, one that is unknown
            positive = set(unsure)
            unsure = []
        if unsure and not (positive and len(lowered) == 2):
            positive = positive or ({lowered[-1]} if len(lowered) > 1 else set())
            default = next((value for value in values if value.strip().lower() in positive), "")
            choices = list(values)
            questions = (
                Message(
                    "cleaning.question.which_positive",
                    {
                        "column": source,
                        "role": role or "",
                        "option": "positive",
                        "choices": choices,
                        "default": default,
                    },
                ),
            )
    text = f"lower(t{position})"
    detail = {"positive": [value for value in values if value.strip().lower() in positive]}
    others = [value for value in lowered if value not in positive]
    value = (
        f"CASE WHEN {one_of(text, sorted(positive))} THEN true WHEN {one_of(text, others)}"
        " THEN false END"
    )
    return Column(
        position, source, name, role, "flag", value, True, detail=detail, questions=questions
    )
