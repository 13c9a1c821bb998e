"""The main job in a real browser.

A file goes in, is understood, becomes segments, and the members come out again.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say
from tests.e2e.server import ROOT


def test_from_a_file_to_segments_and_out_again(visit: Any) -> None:
    visit.open().go(say("data.title")).upload(ROOT / "data" / "orders.csv")
    visit.finished()
    visit.says("22,071")  # records in the file; the ledger adds up on the page
    visit.says(
        say(
            "ledger.adds_up",
            total=22071,
            parts=["1 header", "78 duplicates", "21,992 in the table"],
        ).replace("**", "")
    )
    expect(
        visit.page.get_by_role("combobox", name=re.compile("^customer")).first
    ).to_have_value("Customer ID")

    visit.go(say("segments.title")).finished()
    expect(visit.charts.nth(1)).to_be_attached()
    first = visit.text()
    runs = visit.wire.runs
    visit.press_slider("segments.KMeansOptions.clusters", "End")
    visit.finished()
    expect(visit.main).not_to_have_text(first, use_inner_text=True)
    visit.says(say("segments.summary.segments"))
    expect(visit.keyed("segments.KMeansOptions.clusters")).to_contain_text("12")
    assert (
        visit.wire.runs == runs or visit.wire.fragments > 0
    )  # only the part of the page that depends on it

    visit.pick("frame.language", "中文")
    visit.finished()
    visit.language = "zh"
    visit.says(say("segments.question", "zh"))
    visit.tab("segments", "members")
    got = visit.download("segments.members.file.csv")
    content = got.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 1456


def test_a_segment_becomes_the_filter_of_every_page(shop: Any) -> None:
    visit = shop().open("segments").finished()
    visit.tab("segments", "keep")
    visit.click("segments.hand_over.0")
    visit.finished()
    expect(visit.page.get_by_test_id("stSidebar")).to_contain_text(
        say("frame.filter.title_on"), use_inner_text=True
    )
    visit.go(say("overview.title")).finished()
    visit.says("589")  # the loyal of the sample shop
    visit.click("filter.clear")
    visit.finished()
    visit.says("1,456")


@pytest.mark.xdist_group("en")
@pytest.mark.parametrize("page", ["data", "segments"])
@pytest.mark.parametrize("dark", [False, True])
def test_no_fault_of_ours_for_those_who_cannot_see_well(
    look: Any, page: str, dark: bool
) -> None:
    visit = look(dark=dark).open(page).finished()
    assert not visit.accessibility()


def test_a_file_that_is_no_table_gets_a_sentence(
    visit: Any, tmp_path: Path
) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 500)
    (tmp_path / "nothing.csv").write_bytes(b"")
    visit.open().go(say("data.title")).upload(
        tmp_path / "letter.pdf", tmp_path / "nothing.csv"
    )
    visit.finished()
    visit.says("letter.pdf")
    visit.says("nothing.csv")
    assert not visit.page.get_by_test_id("stException").count()
