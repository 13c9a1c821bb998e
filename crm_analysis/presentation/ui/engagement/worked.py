"""Did it work: intervals about nothing, the claim as a badge, the verdict as the heading."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    CampaignOptions,
    CampaignResult,
    ReadTestOptions,
    TestReading,
    campaign_result,
    code,
    figures_in,
    likely_outcomes,
    read_test,
)
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
    listing,
    titled_chart,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.wording import say_title

_HIGHEST_COST = 1e6
_LOOKS, _KEPT_LOOKS = "engagement_looks", 100


def draw(source: Source) -> None:
    """The campaigns of a log with the orders, or a table of customers with arms."""
    if source.contacts is None:
        _draw_test(source.arms())
    else:
        _draw_campaigns(source.contacts, source.sales())


def _draw_campaigns(log: Answer[pd.DataFrame], orders: Answer[pd.DataFrame]) -> None:
    left, right = st.columns(2, gap="medium")
    options = controls(
        "engagement",
        CampaignOptions,
        key=widget_key("engagement", "worked"),
        only=("margin", "window_days", "coverage", "cost"),
        high={"cost": _HIGHEST_COST},
        places={"margin": left, "window_days": right},
    )
    result = run(campaign_result, log, orders, options).value
    badge(result.claim)
    answer(result.verdict.key, **result.verdict.details)
    _campaign_figures(result)
    notes(result.notes)
    measures = list(dict.fromkeys(result.campaigns["measure"]))
    measure = switch(
        "engagement.worked.measure",
        [name for name in measures if name != "roi"],
        "engagement.measure.{}",
        key=widget_key("engagement", "measure"),
    )
    compared = result.campaigns[
        (result.campaigns["measure"] == measure) & result.campaigns["lo"].notna()
    ]
    if len(compared):
        titled_chart(
            "engagement.worked.chart",
            pictures.campaigns(compared, measure, language()),
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
    loading = [in_python("contacts"), in_python("transactions", "orders_")]
    how("engagement.how.worked", code("campaign_result", options, loading=loading))


def _campaign_figures(result: CampaignResult) -> None:
    summary = result.summary()
    items = [
        {"label": "engagement.figure.contacted", "value": summary["customers"]},
        {
            "label": "engagement.figure.customers_more",
            "value": summary["customers_more"],
        },
        {
            "label": "engagement.figure.revenue",
            "value": summary["revenue"],
            "style": "money",
        },
    ]
    if summary["profit"] is not None:
        items += [
            {
                "label": "engagement.figure.profit",
                "value": summary["profit"],
                "style": "money",
            },
            {
                "label": "engagement.figure.roi",
                "value": summary["roi"],
                "style": "percent",
            },
        ]
    figures(items)


def _campaign_tables(result: CampaignResult) -> None:
    table = result.campaigns.assign(
        claim=[
            plain(f"engagement.claim.{claim}") for claim in result.campaigns["claim"]
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
            {"label": "engagement.figure.customers", "value": summary["customers"]},
            {
                "label": "engagement.figure.difference",
                "value": summary["difference"],
                "style": "percent1" if of_share else "number2",
            },
            {
                "label": "engagement.figure.relative",
                "value": summary["relative"],
                "style": "percent1",
            },
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
