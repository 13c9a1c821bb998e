"""What a newcomer does, from end to end.

Other people's files, wrong turns and back, a refresh, a restart, a phone.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from crm_analysis.wording import say, write_number
from tests.e2e.server import ROOT
from tests.e2e.visit import Visit


def go(visit: Visit, word: str) -> Visit:
    return visit.go(say(f"{word}.title", visit.language)).finished()


def box(visit: Visit, key: str) -> Locator:
    """The select box whose key begins so (the number of a table's version is at its end)."""
    name = key.replace(".", "-")  # as Streamlit writes it in a class
    return (
        visit.page.locator(f"[class*='st-key-{name}-']")
        .get_by_role("combobox")
        .first
    )


def choose(visit: Visit, key: str, option: str) -> Visit:
    with visit.doing():
        field = box(visit, key)
        field.scroll_into_view_if_needed()
        field.click()
        field.fill(option)
        visit.page.get_by_role("option", name=option, exact=True).click()
    return visit.finished()


def said(visit: Visit, key: str, **details: Any) -> str:
    """A phrase as it reads on the page: without its marks."""
    return say(key, visit.language, **details).replace("**", "")


def number(visit: Visit, value: float) -> str:
    return write_number(value, "number", visit.language)


def orders(first: int, last: int, price: float = 2.5, *, late: str = "") -> bytes:
    """Orders of a small shop: 30 customers, one order a day each third day, a line each."""
    rows = "".join(
        f"C{one % 30:03d},{1000 + one},2024-{one // 28 % 12 + 1:02d}-{one % 28 + 1:02d},"
        f"{('tea', 'cup', 'pot')[one % 3]},{one % 4 + 1},{price + one % 7}\n"
        for one in range(first, last)
    )
    return (
        "Customer ID,Order No,Order Date,Product,Quantity,Unit Price\n"
        + rows
        + late
    ).encode()


def given(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def test_four_real_files_in_turn(visit: Visit, real_data: Path) -> None:
    """Without touching a knob.

    Sensible roles, sums that add up, segments where there are customers, and a way back to the
    first file.
    """
    visit.open().go(say("data.title"))
    visit.upload(real_data / "online_retail" / "december_to_april.csv").finished()
    visit.says(
        said(
            visit,
            "intake.loaded",
            name="december_to_april.csv",
            kind="transactions",
            rows=170_500,
        )
    )
    visit.says(
        said(
            visit,
            "ledger.adds_up",
            total=172_000,
            parts=["1 header", "1,499 duplicates", "170,500 in the table"],
        )
    )
    for role, column in {
        "customer": "CustomerID",
        "order": "InvoiceNo",
        "date": "InvoiceDate",
        "product": "Description",
        "amount": "– no column –",
    }.items():
        expect(box(visit, f"data.role.{role}")).to_have_value(column)
    go(visit, "segments")
    retail = said(
        visit,
        "segments.headline_money",
        segments=5,
        name="Champions",
        customers=0.09,
        revenue=0.5,
    )
    visit.says(number(visit, 2_488))
    visit.says(retail.split(";")[0])

    go(visit, "data").upload(
        real_data / "mall_customers" / "Mall_Customers.csv"
    ).finished()
    visit.says(
        said(
            visit,
            "intake.loaded",
            name="Mall_Customers.csv",
            kind="customers",
            rows=200,
        )
    )
    expect(box(visit, "data.role.customer")).to_have_value("CustomerID")
    go(visit, "segments").pick(
        "segments.source", say("roles.kind.customers")
    ).finished()
    visit.says(number(visit, 200))
    visit.says("Spending Score (1-100)")
    expect(visit.charts).to_have_count(2)

    go(visit, "data").upload(
        real_data / "marketing_campaign" / "marketing_campaign.csv"
    ).finished()
    visit.says(
        said(
            visit,
            "intake.loaded",
            name="marketing_campaign.csv",
            kind="customers",
            rows=2_240,
        )
    )
    go(visit, "segments")
    visit.says(number(visit, 2_240))

    visit.pick("frame.language", "中文").finished()
    visit.language = "zh"
    go(visit, "data").upload(
        real_data / "groceries_zh_utf8bom" / "GoodsOrder.utf8bom.csv"
    ).finished()
    visit.says(
        said(
            visit,
            "intake.loaded",
            name="GoodsOrder.utf8bom.csv",
            kind="transactions",
            rows=43_367,
        )
    )
    expect(box(visit, "data.role.order")).to_have_value("id")
    expect(box(visit, "data.role.product")).to_have_value("Goods")
    go(visit, "segments").pick(
        "segments.source", say("roles.kind.transactions", "zh")
    ).finished()
    visit.says(said(visit, "data.missing_role", role="customer"))
    expect(visit.charts).to_have_count(0)

    # The first file is not lost behind the last of its kind.
    first = "december_to_april.csv"
    named = said(visit, "intake.table_of_kind", name=first, kind="transactions")
    go(visit, "data").pick("intake.table", named).finished()
    visit.click("intake.use").finished()
    go(visit, "segments")
    visit.says(number(visit, 2_488))
    visit.tab("segments", "members")
    content = visit.download("segments.members.file.csv").path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert (
        len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) == 1 + 2_488
    )


def test_linked_files_at_once_in_chinese(
    visits: Any, server: Any, real_data: Path
) -> None:
    visit = visits(server, language="zh").open()
    go(visit, "data").upload(
        *[
            real_data / "pizza_place" / f"{name}.csv"
            for name in ("order_details", "orders", "pizza_types", "pizzas")
        ]
    ).finished()
    visit.says(
        said(
            visit,
            "intake.loaded",
            name="order_details.csv",
            kind="transactions",
            rows=48_620,
        )
    )
    visit.says(
        said(
            visit,
            "ledger.money_adds_up",
            total=817_860.05,
            parts=["数据表中 817,860.05"],
        )
    )
    expect(box(visit, "data.role.product")).to_have_value("name")


def test_a_month_is_appended_and_the_page_says_what_that_changed(
    visit: Visit,
) -> None:
    visit.open().go(say("data.title")).upload(
        given("january.csv", orders(0, 200))
    ).finished()
    late = (
        orders(0, 3).decode().split("\n", 1)[1]
        + orders(3, 4, 9.0).decode().split("\n", 1)[1]
    )
    february = given("february.csv", orders(200, 320, late=late))
    visit.upload(february).finished()
    visit.says(
        said(
            visit,
            "intake.appended",
            name="january.csv",
            files=["february.csv"],
            new=120,
            repeated=3,
            changed=1,
        )
    )
    visit.says(said(visit, "intake.both_kept"))
    visit.says(said(visit, "intake.moved.customers", before=30, after=30))
    visit.says(said(visit, "intake.moved.orders", before=200, after=320))
    # The note stays while other pages are looked at, until it is put away.
    go(visit, "segments")
    go(visit, "data")
    visit.says(said(visit, "intake.both_kept"))
    visit.click("intake.put_away")
    visit.says_no(said(visit, "intake.both_kept"))

    visit.upload(february).finished()
    visit.says(said(visit, "intake.again", name="february.csv"))
    visit.says(said(visit, "ledger.kept"))
    visit.says(number(visit, 321))


def test_a_wrong_encoding_and_back(visit: Visit) -> None:
    people = "Customer ID;City;Age\n" + "".join(
        f"C{one};Zürich;{30 + one}\n" for one in range(40)
    )
    visit.open().go(say("data.title")).upload(
        given("people.csv", people.encode("utf-8"))
    ).finished()
    visit.tab("data", "reading")
    choose(visit, "data.encoding", "cp1251")
    expect(box(visit, "data.encoding")).to_have_value("cp1251")
    visit.tab("data", "table")
    content = (
        visit.download("data.table.file.csv").path().read_text(encoding="utf-8-sig")
    )
    assert "Zürich" not in content
    visit.tab("data", "reading")
    choose(visit, "data.encoding", say("data.decided", value="cp1251"))
    visit.tab("data", "table")
    content = (
        visit.download("data.table.file.csv").path().read_text(encoding="utf-8-sig")
    )
    assert content.count("Zürich") == 40


def test_a_role_changed_and_a_step_undone(visit: Visit) -> None:
    twice = orders(0, 200, late=orders(0, 1).decode().split("\n")[1] + "\n")
    visit.open().go(say("data.title")).upload(given("orders.csv", twice)).finished()
    visit.says(
        said(
            visit,
            "ledger.adds_up",
            total=202,
            parts=["1 header", "1 duplicate", "200 in the table"],
        )
    )
    visit.tab("data", "ledger")
    visit.click("ledger.undo.duplicates").finished()
    visit.says(
        said(
            visit,
            "ledger.adds_up",
            total=202,
            parts=["1 header", "201 in the table"],
        )
    )
    visit.click("ledger.undo.duplicates").finished()
    visit.says(
        said(
            visit,
            "ledger.adds_up",
            total=202,
            parts=["1 header", "1 duplicate", "200 in the table"],
        )
    )

    visit.tab("data", "roles")
    choose(visit, "data.role.customer", say("data.no_column"))
    go(visit, "segments")
    expect(visit.charts).to_have_count(0)
    visit.says(say("roles.customer"))
    go(visit, "data")
    choose(visit, "data.role.customer", "Customer ID")
    go(visit, "segments")
    expect(visit.charts).to_have_count(2)


def test_nothing_is_lost_by_refresh_new_tab_or_restart(
    own_server: Any, visits: Any
) -> None:
    visit = visits(own_server.start()).open()
    go(visit, "data").upload(given("orders.csv", orders(0, 400))).finished()
    visit.pick("frame.language", "中文")
    visit.language = "zh"
    before = go(visit, "segments").text()
    visit.again().finished().reads(before)
    # The browser goes to the bare address: the last workspace of this machine opens.
    visit.new_tab().workspace = None
    visit.open().finished().says(say("overview.question", "zh"))
    visit.says("orders.csv")
    visit.page.goto("about:blank")
    own_server.kill()
    own_server.start()
    visit.open().finished()
    visit.says("orders.csv")
    go(visit, "segments").reads(before)


def test_a_deep_link_survives_an_empty_page_and_a_page_switch(
    visits: Any, server: Any
) -> None:
    visit = visits(server).open("segments", lang="zh")
    visit.language = "zh"
    for word in ("segments", "data", "segments"):
        expect(visit.page).to_have_url(re.compile(f"w={visit.workspace}"))
        expect(visit.page).to_have_url(re.compile("lang=zh"))
        visit.says(say(f"{word}.question", "zh"))
        if word != "data":
            expect(
                visit.keyed("intake.sample").get_by_role("button")
            ).to_be_visible()
        go(visit, "data" if word == "segments" else "segments")
    visit.open("segments", w="no-such-workspace", lang="zh").finished()
    visit.says(say("segments.question", "zh"))


@pytest.mark.parametrize(
    ("language", "dark"),
    [
        pytest.param("en", False, marks=pytest.mark.xdist_group("en")),
        pytest.param("zh", True, marks=pytest.mark.xdist_group("zh")),
    ],
)
def test_every_page_on_a_phone_and_for_all_eyes(
    look: Any, language: str, dark: bool
) -> None:
    visit = look(language, dark=dark, narrow=True)
    for word in sorted(page.stem for page in (ROOT / "pages").glob("*/*.py")):
        visit.open("" if word == "overview" else word).finished()
        assert visit.overflow() == 0, word
        assert not visit.accessibility(), word


def test_a_segmentation_is_changed_kept_and_reopened(visit: Visit) -> None:
    visit.open().go(say("data.title")).upload(
        given("orders.csv", orders(0, 400))
    ).finished()
    go(visit, "segments").press_slider(
        "segments.KMeansOptions.clusters",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
    ).finished()
    visit.says("4 segments")
    visit.tab("segments", "keep")
    visit.page.get_by_label(say("segments.new_name")).fill(
        "Friends **of** [tea](x)"
    )
    with visit.doing():
        visit.page.get_by_role(
            "button", name=say("segments.rename"), exact=True
        ).click()
    visit.finished()
    expect(
        visit.page.get_by_role("button", name="Friends **of** [tea](x)")
    ).to_be_visible()
    merged = visit.keyed("segments.merge_which").get_by_role("combobox")
    merged.click()
    for _ in range(2):  # the first is the choice of all
        visit.page.get_by_role("option").nth(1).click()
    merged.press("Escape")
    expect(visit.page.get_by_role("option")).to_have_count(0)
    with visit.doing():
        visit.page.get_by_role(
            "button", name=say("segments.merge"), exact=True
        ).press("Enter")
    visit.finished()
    visit.says("3 segments")
    visit.enter("segments.save_as", "Spring")
    visit.click("segments.save").finished()
    visit.again().finished()
    visit.says("3 segments")
    visit.press_slider("segments.KMeansOptions.clusters", "ArrowRight").finished()
    visit.says("5 segments")
    visit.tab("segments", "keep")
    visit.click("segments.reopen.Spring").finished()
    visit.says("3 segments")
    visit.click("segments.close").finished()
    visit.click("segments.forget.Spring").finished()
    expect(visit.keyed("segments.reopen.Spring")).to_have_count(0)


def test_a_workspace_is_made_and_deleted_and_gone_from_disk(
    own_server: Any, visits: Any
) -> None:
    visit = visits(own_server.start(), workspace=None).open()
    go(visit, "data").upload(given("orders.csv", orders(0, 50))).finished()
    first = re.search(r"w=(\w+)", visit.page.url)[1]
    assert list(own_server.home.rglob(f"*{first}*"))
    _open_workspaces(visit)
    visit.enter("frame.workspace.name", "Second shop")
    visit.click("frame.workspace.new").finished()
    visit.says_no("orders.csv")
    expect(visit.page).not_to_have_url(re.compile(f"w={first}"))
    second = re.search(r"w=(\w+)", visit.page.url)[1]
    _open_workspaces(visit)
    visit.click(f"frame.workspace.open.{first}").finished()
    visit.says("orders.csv")
    _open_workspaces(visit)
    visit.toggle("frame.workspace.sure")
    visit.click("frame.workspace.delete").finished()
    visit.says_no("orders.csv")
    assert not list(own_server.home.rglob(f"*{first}*"))
    expect(visit.page).to_have_url(re.compile(f"w={second}"))


def _open_workspaces(visit: Visit) -> None:
    field = (
        visit.page.get_by_test_id("stSidebar")
        .get_by_test_id("stPopover")
        .get_by_role("button")
        .first
    )
    if not visit.keyed("frame.workspace.name").is_visible():
        field.click()
    visit.keyed("frame.workspace.name").wait_for()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_no_table_gets_a_sentence(
    visits: Any, server: Any, language: str, tmp_path: Path
) -> None:
    letter = (
        "Dear reader,\n\nthis is a letter and no table. "
        "It has sentences, one after the other.\n\nYours\nA. Writer\n"
    )
    visit = visits(server, language=language).open()
    go(visit, "data")
    for name, content in {
        "nothing.csv": b"",
        "letter.pdf": b"%PDF-1.7\n" + b"x" * 500,
        "letter.txt": letter.encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    visit.upload(tmp_path / "nothing.csv", tmp_path / "letter.pdf").finished()
    problems = visit.page.get_by_test_id("stAlert").first
    expect(problems).to_contain_text("nothing.csv")
    expect(problems).to_contain_text("letter.pdf")
    expect(visit.keyed("intake.sample").get_by_role("button")).to_be_visible()
    visit.upload(tmp_path / "letter.txt").finished()
    visit.says("letter.txt")
    go(visit, "segments")
    assert not visit.page.get_by_test_id("stException").count()
