"""Did it work: intervals about nothing, the claim as a badge, the verdict as the heading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    CampaignOptions,
    CampaignResult,
    ReadBackCard,
    ReadTestOptions,
    TestReading,
    campaign_result,
    code,
    figures_in,
    likely_outcomes,
    read_test,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    switch,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    badge,
    cards,
    headline,
    listing,
    titled_chart,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.tables.script import Loading
from crm_analysis.wording import say_title

_HIGHEST_COST = 1e6
_LOOKS, _KEPT_LOOKS = "engagement_looks", 100


def draw(source: Source) -> None:
    """The campaigns of a log with the orders, or a table of customers with arms."""
    card = cards.chosen()
    if card is not None:
        _draw_campaigns(cards.as_contacts(card), source.sales(), card)
    elif source.contacts is None:
        _draw_test(source.arms())
    else:
        _draw_campaigns(source.contacts, source.sales())


def _campaign_options(card: ReadBackCard | None) -> CampaignOptions:
    """What is asked; of a test its card says the window, and by what it is decided."""
    left, right = st.columns(2, gap="medium")
    first, second = ("margin", "cost") if card else ("margin", "window_days")
    options = controls(
        "engagement",
        CampaignOptions,
        key=widget_key("engagement", "worked", "card" if card else "log"),
        only=tuple(dict.fromkeys((first, second, "coverage", "cost"))),
        high={"cost": _HIGHEST_COST},
        places={first: left, second: right},
    )
    return card.reading(options) if card else options


def _draw_campaigns(
    log: Answer[pd.DataFrame],
    orders: Answer[pd.DataFrame],
    card: ReadBackCard | None = None,
) -> None:
    options = _campaign_options(card)
    is_over = card is None or card.is_over(dt.date.today().isoformat())
    result = run(campaign_result, log, orders, options).value
    badge(result.claim)
    answer(result.verdict.key, **result.verdict.details)
    if card:
        _say_card(card, is_over=is_over)
    _campaign_figures(result)
    notes(result.notes)
    measures = list(dict.fromkeys(result.campaigns["measure"]))
    measure = switch(
        "engagement.worked.measure",
        [name for name in measures if name != "roi"],
        "engagement.measure.{}",
        key=widget_key("engagement", "measure"),
        default=_decisive(result, measures),
    )
    compared = result.campaigns[
        (result.campaigns["measure"] == measure) & result.campaigns["lo"].notna()
    ]
    if len(compared):
        titled_chart(
            "engagement.worked.chart",
            pictures.campaigns(compared, measure, language(), quiet=not is_over),
            "campaigns",
            120 + 42 * len(compared),
        )
    if len(result.pooled) > 1:
        titled_chart(
            "engagement.worked.pooled",
            pictures.pooled(result.pooled, language()),
            "pooled",
            140 + 48 * len(result.pooled),
        )
    _campaign_tables(result)
    loading = [in_python("transactions", "orders_")]
    if card is None:
        loading = [in_python("contacts"), *loading]
    how("engagement.how.worked", _same_in_python(options, loading, card))


def _decisive(result: CampaignResult, measures: Sequence[str]) -> str:
    """The measure that the verdict is about."""
    ordered = (result.options.primary, "profit", "revenue", "customers")
    return next(name for name in ordered if name in measures and name)


def _say_card(card: ReadBackCard, *, is_over: bool) -> None:
    """What was set down before, and whether it is time, and still as it was drawn."""
    if not is_over:
        notes([Message("engagement.note.not_over", {"date": card.read_on})])
    st.caption(
        say(
            "engagement.card.set_down",
            name=card.name,
            customers=len(card.assignment),
            start=card.start,
            date=card.read_on,
            seed=card.seed,
        )
    )
    changed = card.changed()
    if changed:
        st.warning(say("engagement.card.changed", count=changed))


def _same_in_python(
    options: CampaignOptions, loading: Sequence[Loading], card: ReadBackCard | None
) -> str:
    if card is None:
        return code("campaign_result", options, loading=loading)
    reading = [
        "from pathlib import Path",
        'card = crm.read_card(Path("read_back_card.json").read_bytes())',
    ]
    lines = [(reading, "card.contacts()"), *loading]
    return code("campaign_result", options, loading=lines)


def _campaign_figures(result: CampaignResult) -> None:
    summary = result.summary()
    items = [
        headline("contacted", summary["customers"]),
        headline("customers_more", summary["customers_more"]),
        headline("revenue", summary["revenue"], "money"),
    ]
    if summary["profit"] is not None:
        items += [
            headline("profit", summary["profit"], "money"),
            headline("roi", summary["roi"], "percent"),
        ]
    figures(items)


def _campaign_tables(result: CampaignResult) -> None:
    table = result.campaigns.assign(
        claim=[
            plain(f"engagement.claim.{claim}")
            for claim in result.campaigns["claim"]
        ],
        measure=[
            say_title(f"engagement.measure.{name}", language())
            for name in result.campaigns["measure"]
        ],
    )
    with st.expander(say("engagement.worked.each")):
        listing(table, "campaigns", shares=(), height=360)
        if len(result.overlap):
            listing(result.overlap, "overlap")
    _checks(result.checks, result.set_aside)


def _checks(checks: pd.DataFrame, set_aside: pd.DataFrame) -> None:
    with st.expander(say("engagement.worked.checks")):
        if len(checks):
            names = [plain(f"engagement.check.{name}") for name in checks["check"]]
            listing(checks.assign(check=names), "checks", shares=(), height=280)
        if len(set_aside):
            listing(set_aside, "set_aside")


def _draw_test(customers: Answer[pd.DataFrame]) -> None:
    options = _test_options(customers.value)
    result = run(read_test, customers, options).value
    badge(result.claim)
    answer(result.verdict.key, **result.verdict.details)
    notes(result.notes)
    summary = result.summary()
    of_share = result.effects["outcome"].iloc[0] in result.shares
    figures(
        [
            headline("customers", summary["customers"]),
            headline(
                "difference",
                summary["difference"],
                "percent1" if of_share else "number2",
            ),
            headline("relative", summary["relative"], "percent1"),
        ]
    )
    titled_chart(
        "engagement.worked.chart",
        pictures.effects(result.effects, language(), quiet=not result.ready),
        "effects",
        140 + 46 * len(result.effects),
    )
    _test_tables(result)
    _log_look(result)
    loading = [in_python("customers")]
    how("engagement.how.test", code("read_test", options, loading=loading))


def _test_options(table: pd.DataFrame) -> ReadTestOptions:
    """Which columns are outcomes, which were known before; the page asks."""
    numbers = figures_in(table)
    arms = sorted(table["arm"].dropna().astype(str).unique())
    first, second = st.columns(2, gap="medium")
    options = controls(
        "engagement",
        ReadTestOptions,
        key=widget_key("engagement", "test"),
        only=("outcomes", "control", "before", "randomised", "looks", "coverage"),
        choices={"outcomes": numbers, "control": arms, "before": numbers},
        start=ReadTestOptions(outcomes=likely_outcomes(table)),
        places={"outcomes": first, "control": second},
    )
    covariates = tuple(
        name
        for name in table.columns
        if name not in ("customer", "arm", *options.outcomes)
    )
    known = remembered(
        st.multiselect,
        say("engagement.knob.covariates.label"),
        covariates,
        default=list(covariates),
        key=widget_key("engagement", "covariates"),
        help=say("engagement.knob.covariates.help"),
    )
    day = remembered(
        st.date_input,
        say("engagement.knob.read_on.label"),
        None,
        key=widget_key("engagement", "read_on"),
        help=say("engagement.knob.read_on.help"),
    )
    return options.replace(
        covariates=tuple(known),
        read_on=day.isoformat() if day else None,
        today=dt.date.today().isoformat(),
    )


def _log_look(result: TestReading) -> None:
    """Each look is kept in the workspace, so that nobody looks unseen until it looks good."""
    first = result.effects.iloc[0]
    look = {
        "date": result.options.today,
        "outcome": str(first["outcome"]),
        "customers": int(result.arms["customers"].sum()),
        "difference": float(first["difference"]),
        "p": float(first["p"]),
    }
    looks = list(workspace().settings.get(_LOOKS) or [])
    if look not in looks:
        looks = [*looks, look][-_KEPT_LOOKS:]
        workspace().settings[_LOOKS] = looks
    with st.expander(say("engagement.worked.looks", count=len(looks))):
        listing(pd.DataFrame(looks), "looks", shares=())


def _test_tables(result: TestReading) -> None:
    with st.expander(say("engagement.worked.each")):
        listing(result.arms, "arms")
        shown = result.effects.dropna(axis=1, how="all")
        listing(shown, "effects", shares=(), whole=result.effects)
    _checks(result.checks, result.set_aside)
