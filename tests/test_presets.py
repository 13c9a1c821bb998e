"""Exports of platforms: known by their headings, read as their documentation says."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from crm_analysis import CleanOptions, clean, guess_roles, intake, read_table
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.presets import Preset, presets, recognise
from crm_analysis.tables.presets.preset import plain_heading
from crm_analysis.tables.roles import with_role
from crm_analysis.wording import has
from crm_analysis.workspace import Workspace, new_workspace, open_workspace
from tests import (
    platform_chinese,
    platform_deals,
    platform_markets,
    platform_payments,
)
from tests.apps import opened, settled
from tests.platform_exports import (
    PRESTASHOP,
    Export,
    Maker,
    bigcommerce,
    magento,
    prestashop,
    shop,
    shopify,
    squarespace,
    woocommerce,
    woocommerce_analytics,
)
from tests.raw_tables import shared_engine
from tests.variants import every

MAKERS: dict[str, Maker] = {
    "shopify_orders": shopify,
    "squarespace_orders": squarespace,
    "woocommerce_orders": woocommerce,
    "woocommerce_analytics": woocommerce_analytics,
    "magento_orders": magento,
    **{
        f"prestashop_orders {language}": partial(prestashop, language=language)
        for language in PRESTASHOP
    },
    "bigcommerce_orders": bigcommerce,
    "amazon_orders": platform_markets.amazon_orders,
    "amazon_payments": platform_markets.amazon_payments,
    "ebay_orders": platform_markets.ebay_orders,
    "ebay_transactions": platform_markets.ebay_transactions,
    "etsy_items": platform_payments.etsy_items,
    "etsy_orders": platform_payments.etsy_orders,
    "square_items": platform_payments.square_items,
    "square_transactions": platform_payments.square_transactions,
    "stripe_payments": platform_payments.stripe,
    "stripe_payments comma": partial(platform_payments.stripe, comma=True),
    "stripe_balance": platform_payments.stripe_balance,
    "paypal_activity en": platform_payments.paypal,
    "paypal_activity de": partial(platform_payments.paypal, language="de"),
    "toast_items": platform_payments.toast_items,
    "toast_payments": platform_payments.toast_payments,
    "shopee_orders": platform_payments.shopee,
    "lazada_orders": platform_payments.lazada,
    "taobao_orders": platform_chinese.taobao,
    "jd_orders": platform_chinese.jd,
    "pdd_orders": platform_chinese.pdd,
    "douyin_orders": platform_chinese.douyin,
    "youzan_lines": platform_chinese.youzan,
    "hubspot_deals": platform_deals.hubspot,
    "salesforce_opportunities": platform_deals.salesforce,
    "pipedrive_deals": platform_deals.pipedrive,
    "xero_invoices": platform_deals.xero,
    "quickbooks_sales": platform_deals.quickbooks,
}


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, 9, 60, 200])
@pytest.mark.parametrize("name", MAKERS)
def test_short_and_long_exports_are_right(name: str, count: int) -> None:
    made = MAKERS[name](shop(count))
    judge(made.content, made)


@pytest.mark.slow
def test_an_export_is_known_whatever_its_length() -> None:
    for name, make in MAKERS.items():
        raw = read_table(make(shop(5)).content, name="export.csv")
        assert guess_roles(raw).preset == name.split()[0]


def judge(content: bytes, made: Export) -> None:
    """Read a file as a new user would, and compare its sales with what is right."""
    raw = read_table(content, name="export.csv", engine=shared_engine())
    table = clean(raw, guess_roles(raw)).table
    sales = table[table["is_sale"]]
    assert sales["amount"].sum() == pytest.approx(made.money, abs=0.02)
    orders = sales["order"].nunique() if "order" in sales else len(sales)
    assert orders == made.orders
    assert ("customer" in sales) == (made.buyers is not None)
    if made.buyers is not None:
        assert sales["customer"].nunique() == made.buyers
    first, last = sales["date"].min(), sales["date"].max()
    assert (first.date(), last.date()) == (made.first.date(), made.last.date())


@pytest.mark.parametrize("name", every(4, MAKERS))
def test_orders_money_buyers_and_days_are_those_of_the_shop(name: str) -> None:
    made = MAKERS[name](shop(26))
    judge(made.content, made)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_columns_that_a_preset_does_not_use_may_be_missing(name: str) -> None:
    made = MAKERS[name](shop(21))
    preset = presets()[name.split()[0]]
    text = made.content.decode(
        "gb18030" if name[:2] in ("ta", "jd") else "utf-8-sig"
    )
    mark = max("\t;,", key=text.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=mark))
    used = {plain_heading(heading) for heading in headings_used(preset)}
    head = max(lines, key=lambda line: len(used & set(map(plain_heading, line))))
    above, rows = lines[: lines.index(head)], lines[lines.index(head) :]
    stay = [
        number
        for number, heading in enumerate(head)
        if not heading or plain_heading(heading) in used
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark)
    writer.writerows(above)
    writer.writerows(
        [[row[number] for number in stay] for row in rows if len(row) == len(head)]
    )
    judge(out.getvalue().encode(), made)


def headings_used(preset: Preset) -> Iterator[str]:
    """All headings that a preset names for some use, and three that it is known by."""
    nested = [preset.roles, preset.sales, preset.derived, preset.known_by]
    while nested:
        value = nested.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            nested += [*value.values(), *value]
        elif isinstance(value, Sequence):
            nested += value


def test_every_preset_is_known_by_its_own_headings_and_no_other() -> None:
    for name, preset in presets().items():
        headings = [f"  {heading.upper()} " for heading in preset.known_by]
        recognised = recognise(headings)
        assert recognised and recognised.name == name


def test_every_preset_names_roles_of_its_kind_and_says_what_it_is() -> None:
    for preset in presets().values():
        assert set(preset.roles) <= {role.name for role in KINDS[preset.kind].roles}
        assert has(f"presets.report.{preset.report}")
        assert preset.nobody is None or has(f"presets.nobody.{preset.nobody}")
        assert preset.not_for is None or has(f"presets.not_for.{preset.not_for}")


def test_a_table_of_no_platform_is_of_none() -> None:
    assert (
        recognise(["Name", "Email", "Status", "Total", "Date", "Payment"]) is None
    )
    assert recognise(["Reference", "Delivery", "Payment", "Total"]) is None
    assert recognise(["订单编号", "客户", "金额", "日期", "订单状态"]) is None


def test_the_customer_of_quickbooks_stands_alone_above_its_lines() -> None:
    made = platform_deals.quickbooks(shop(24))
    raw = read_table(made.content, name="sales.csv")
    assert raw.table["Customer"].nunique() == made.buyers
    reasons = raw.set_aside["reason"].value_counts()
    assert reasons["group_heading"] == made.buyers
    assert reasons["total"] == (made.buyers or 0) + 1


def test_a_refund_at_paypal_is_of_the_buyer_and_not_of_the_shop() -> None:
    made = platform_payments.paypal(shop(24))
    table = read_table(made.content, name="activity.csv").table
    refunds = table[table["Type"] == "Payment Refund"]
    assert len(refunds) and not refunds["Payer"].str.startswith("shop@").any()


def test_the_day_of_an_order_at_pinduoduo_is_in_its_number() -> None:
    made = platform_chinese.pdd(shop(12))
    text = made.content.decode().replace("订单成交时间", "备用")
    raw = read_table(text.encode(), name="pdd.csv")
    roles = guess_roles(raw)
    assert roles.columns["date"] == "订单日期"
    assert raw.table["订单日期"].iloc[0] == "2025-11-20"


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    opened = new_workspace("answers")
    yield opened
    opened.close()


def _month(day: str) -> bytes:
    lines = [f"{day}-{n:02d},K{n % 5},{n}.50,{n}.00,north" for n in range(1, 25)]
    return "\n".join(["when,who,paid,asked,area", *lines]).encode()


def test_an_answer_holds_for_the_next_export_of_the_form(
    workspace: Workspace,
) -> None:
    first = workspace.keep_file(_month("2025-01"), "january.csv")
    intake.take_in(workspace, [first])
    plan = intake.plan_of(workspace, "january.csv")
    raw = intake.read_plan(plan)
    assert plan.roles
    roles = with_role(plan.roles, "amount", "asked")
    changed = dataclasses.replace(
        plan, roles=roles, clean=plan.clean.replace(returns="drop")
    )
    intake.change(workspace, changed, raw)
    workspace.remove_table("january.csv")
    second = workspace.keep_file(_month("2025-02"), "february.csv")
    said = intake.take_in(workspace, [second])
    assert "intake.remembered" in [key for key, _ in said]
    saved = workspace.load("february.csv")
    assert saved.roles.columns["amount"] == "asked"
    assert saved.clean_options.returns == "drop"


def test_another_role_for_the_amount_takes_back_the_column_chosen_as_the_money(
    workspace: Workspace,
) -> None:
    intake.take_in(
        workspace, [workspace.keep_file(_month("2025-01"), "january.csv")]
    )
    plan = intake.plan_of(workspace, "january.csv")
    assert plan.roles
    chosen = dataclasses.replace(plan, clean=plan.clean.replace(money="asked"))
    assert (
        chosen.with_roles(with_role(plan.roles, "customer", "area")).clean.money
        == "asked"
    )
    other = chosen.with_roles(with_role(plan.roles, "amount", "paid"))
    unlike = chosen.with_roles(with_role(plan.roles, "amount", None))
    assert (
        other if plan.roles.columns["amount"] != "paid" else unlike
    ).clean.money is None


@pytest.mark.slow
def test_what_a_preset_says_of_the_money_is_what_was_done() -> None:
    raw = read_table(shopify(shop(12)).content, name="export.csv")
    roles = guess_roles(raw)

    def formula(options: CleanOptions) -> str:
        said = dict(clean(raw, roles, options).questions)
        return said["presets.money"]["formula"]

    assert formula(CleanOptions()).startswith("“Total” − “Refunded Amount”")
    assert formula(CleanOptions(money="Subtotal")).startswith("“Subtotal” − ")
    assert formula(CleanOptions(take_off=False)) == "“Total”"


def test_what_is_remembered_names_columns_and_choices_only(
    workspace: Workspace,
) -> None:
    first = workspace.keep_file(_month("2025-01"), "january.csv")
    intake.take_in(workspace, [first])
    plan = intake.plan_of(workspace, "january.csv")
    clean = plan.clean.replace(leave_out=("K1",), put_back=((0, 3),), returns="net")
    intake.change(
        workspace, dataclasses.replace(plan, clean=clean), intake.read_plan(plan)
    )
    (saved,) = workspace.saved("answers")
    assert "K1" not in str(saved.payload)
    assert saved.payload["clean"]["returns"] == "net"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_preset_is_named_and_can_be_taken_off_on_the_page_of_data(
    workspace: Workspace, language: str
) -> None:
    made = shopify(shop(24))
    intake.take_in(workspace, [workspace.keep_file(made.content, "orders.csv")])
    app = opened("pages/start/data.py", language, workspace.id)
    assert not app.exception
    assert any("Shopify" in text.value for text in app.markdown)
    (off,) = (button for button in app.button if "preset" in button.key)
    settled(off.click().run())
    roles = open_workspace(workspace.id).load("orders.csv").roles
    assert roles and roles.preset is None
    assert presets()["shopify_orders"].platform in off.label
