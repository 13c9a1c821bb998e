"""Columns of yes and no: ticks and crosses, words of many languages, blanks."""

from __future__ import annotations

from typing import Any

import pytest

import crm_analysis as crm
from crm_analysis.tables.cleaning import Cleaned
from tests.raw_tables import shared_engine
from tests.variants import every


def answered(yes: str, no: str, **options: Any) -> Cleaned:
    """Contacts of whom every fifth responded, in these words."""
    rows = [
        f"{n:04d},{('mail', 'phone')[n % 2]},2024-01-{1 + n % 28:02d},"
        f"{yes if n % 5 == 0 else no},{yes if n % 4 == 0 else no}"
        for n in range(60)
    ]
    text = "\n".join(["customer,channel,date,responded,club", *rows])
    raw = crm.read_table(text.encode(), name="contacts.csv", engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions(**options))


def blanks_asked(made: Cleaned) -> dict[str, tuple[object, object]]:
    """The columns of which is asked whether blank means no: what is written, and the blanks."""
    return {
        details["column"]: (details["values"], details["count"])
        for key, details in made.questions
        if key == "cleaning.question.blank_means_no"
    }


@pytest.mark.parametrize(
    "tick", every(3, ["√", "✓", "x", "X", "Y", "1", "●", "是", "有", "ja", "Oui"])
)
def test_a_tick_is_a_yes_and_blank_is_asked_about(tick: str) -> None:
    made = answered(tick, "")
    assert (
        made.table["responded"].sum() == 12
        and made.table["responded"].notna().all()
    )
    assert made.table["club"].sum() == 15
    assert blanks_asked(made) == {"responded": ([tick], 48), "club": ([tick], 45)}
    not_known = answered(
        tick, "", blank_flags=(("responded", "missing"), ("club", "no"))
    )
    assert not_known.table["responded"].isna().sum() == 48
    assert (~not_known.table["club"].astype(bool)).sum() == 45
    assert not blanks_asked(not_known)


@pytest.mark.parametrize(
    "pair",
    every(
        3,
        [
            "有 无",
            "√ x",
            "○ ×",
            "oui non",
            "tak nie",
            "да нет",
            "evet hayır",
            "예 아니오",
            "是 否",
        ],
    ),
)
def test_a_written_no_is_a_no(pair: str) -> None:
    yes, no = pair.split()
    made = answered(yes, no)
    for column, count in (("responded", 12), ("club", 15)):
        assert (
            made.table[column].sum() == count and made.table[column].notna().all()
        )
    assert not made.questions and made.summary()["cells_changed"] == 0


def test_beside_a_written_no_a_blank_is_not_known() -> None:
    rows = "\n".join(
        f"{n},mail,2024-01-05,{('yes', 'no', '')[n % 3]}" for n in range(30)
    )
    raw = crm.read_table(
        f"customer,channel,date,responded\n{rows}".encode(), name="c.csv"
    )
    made = crm.clean(raw, crm.guess_roles(raw))
    assert made.table["responded"].isna().sum() == 10 and not blanks_asked(made)


@pytest.mark.parametrize(
    ("opened", "right"),
    [
        (["3", "0", "", "12"], [True, False, False, True]),
        (
            ["2024-05-01 10:00", "", "2024-05-02 09:30", "-"],
            [True, False, True, False],
        ),
        (["Yes", "No", "No", "Yes"], [True, False, False, True]),
        (["已打开", "未打开", "未打开", "已打开"], [True, False, False, True]),
    ],
)
def test_how_often_or_when_a_message_was_opened_says_whether(
    opened: list[str], right: list[bool]
) -> None:
    lines = [
        f"C{number % 4},2024-05-{1 + number:02d} 10:15,Email,{opened[number % 4]}"
        for number in range(20)
    ]
    content = "\n".join(["Customer,Sent At,Channel,Opened", *lines]).encode()
    raw = crm.read_table(content, name="log.csv")
    roles = crm.guess_roles(raw)
    assert roles.columns["opened"] == "Opened"
    assert crm.clean(raw, roles).table["opened"].tolist() == 5 * right
