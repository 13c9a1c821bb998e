"""Did it work: intervals about nothing, the claim as a badge, the verdict as the heading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

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
    is_called_outcome,
    likely_outcomes,
    read_test,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
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
    planned_split,
    titled_chart,
    verdict,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.tables.script import Loading
from crm_analysis.wording import say_title

_HIGHEST_COST = 1e6
_LOOKS, _KEPT_LOOKS = "engagement_looks", 100
_FEWEST_CLUSTERS = 10
# What only a contact can have, or is no outcome.
_OF_A_CONTACT = ("opened", "clicked", "unsubscribed", "cost")


def draw(source: Source) -> None:
    """The campaigns of a log with the orders, or a table of customers with arms."""
    card = cards.chosen()
    if card is not None:
        _draw_campaigns(cards.as_contacts(card), source.sales(), card)
    elif source.contacts is None:
        _draw_test(source.arms())
    elif source.orders is None:
        _draw_campaigns(source.contacts, None)
    else:
        _draw_campaigns(source.contacts, source.sales())


def _campaign_options(
    log: pd.DataFrame, card: ReadBackCard | None, *, has_orders: bool
) -> CampaignOptions:
    """What is asked; of a test its card says the window, and by what it is decided."""
    left, right = st.columns(2, gap="medium")
    first, second = ("margin", "cost") if card else ("margin", "window_days")
    more = ["coverage", "cost"]
    choices: dict[str, Sequence[str]] = {}
    arms = _arms_in(log)
    if card is None and arms:
        more.append("control")
        choices["control"] = arms
    start = CampaignOptions()
    if not has_orders:
        outcomes = outcomes_in(log)
        start = start.replace(outcome=outcomes[0])
        choices["outcome"] = outcomes
        first, second = "outcome", "value"
        more.append("margin")
    options = controls(
        "engagement",
        CampaignOptions,
        key=widget_key("engagement", "worked", _kind(card, has_orders=has_orders)),
        only=tuple(dict.fromkeys((first, second, *more))),
        choices=choices,
        high={"cost": _HIGHEST_COST, "value": _HIGHEST_COST},
        start=start,
        places={first: left, second: right},
    )
    if card:
        return card.reading(options)
    if arms:
        options = options.replace(split=planned_split(len(arms), "worked"))
    return options


def _kind(card: ReadBackCard | None, *, has_orders: bool) -> str:
    """What is read, for the names of its settings."""
    if card:
        return "card"
    return "log" if has_orders else "own"


def _arms_in(log: pd.DataFrame) -> list[str]:
    """The arms of a log, where it has several."""
    if "arm" not in log.columns:
        return []
    arms = sorted(log["arm"].dropna().astype(str).unique())
    return arms if len(arms) > 1 else []


def outcomes_in(log: pd.DataFrame) -> list[str]:
    """The columns of a log that may say what came of it, of both arms; AnalysisError: none."""
    arms = log.groupby("arm") if _arms_in(log) else None
    offered = [
        name
        for name in figures_in(log)
        if name not in _OF_A_CONTACT
        and arms is not None
        and bool((arms[name].count() > 0).all())
    ]
    if not offered:
        raise AnalysisError("engagement.no_orders")
    called = [name for name in offered if is_called_outcome(name)]
    return [*called, *(name for name in offered if name not in called)]


def _draw_campaigns(
    log: Answer[pd.DataFrame],
    orders: Answer[pd.DataFrame] | None,
    card: ReadBackCard | None = None,
) -> None:
    options = _campaign_options(log.value, card, has_orders=orders is not None)
    is_over = card is None or card.is_over(dt.date.today().isoformat())
    asked = run(campaign_result, log, orders, options)
    result = asked.value
    badge(result.claim)
    with starred(asked):
        verdict(result.verdict, quiet=not is_over)
    if card:
        _say_card(card, is_over=is_over)
        _log_look(card.name, _look_at_campaign(result))
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
            140 + 46 * len(compared),
        )
    if len(result.pooled) > 1:
        titled_chart(
            "engagement.worked.pooled",
            pictures.pooled(result.pooled, result.common, language()),
            "pooled",
            190 + 54 * len(result.pooled),
        )
    _campaign_tables(result)
    loading = [] if card else [in_python("contacts")]
    if orders is not None:
        loading.append(in_python("transactions", "orders_"))
    call = _same_in_python(options, loading, card)
    if orders is None:  # the options are not the second argument
        call = call.replace(
            ", crm.CampaignOptions", ", options=crm.CampaignOptions"
        )
    how("engagement.how.worked", call)


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
    asked = run(read_test, customers, options)
    result = asked.value
    badge(result.claim)
    with starred(asked):
        verdict(result.verdict, quiet=not result.ready)
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
        150 + 34 * _lines(result.effects),
    )
    _test_tables(result)
    _log_look(customers.fingerprint, _look_at_test(result))
    loading = [in_python("customers")]
    how("engagement.how.test", code("read_test", options, loading=loading))


def _lines(effects: pd.DataFrame) -> int:
    """How many lines the picture of the effects has."""
    return len(effects) + 2 * int(effects["boot_lo"].notna().sum())


def _test_options(table: pd.DataFrame) -> ReadTestOptions:
    """Which columns are outcomes, which were known before; the page asks."""
    numbers = figures_in(table)
    arms = sorted(table["arm"].dropna().astype(str).unique())
    first, second = st.columns(2, gap="medium")
    options = controls(
        "engagement",
        ReadTestOptions,
        key=widget_key("engagement", "test"),
        only=(
            *("outcomes", "control", "primary", "before", "cluster"),
            *("randomised", "looks", "coverage"),
        ),
        choices={
            "outcomes": numbers,
            "control": arms,
            "primary": numbers,
            "before": numbers,
            "cluster": _clusters_in(table),
        },
        start=ReadTestOptions(outcomes=likely_outcomes(table)),
        places={"outcomes": first, "control": second},
    )
    chosen = [name for name in options.primary if name in options.outcomes]
    options = _looks(options.replace(primary=tuple(chosen)))
    options = options.replace(split=planned_split(len(arms), "test"))
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


def _clusters_in(table: pd.DataFrame) -> list[str]:
    """The columns that may be households or stores: fewer of them than customers, but many."""
    taken = ("customer", "arm")
    counts = table.drop(columns=[*taken], errors="ignore").nunique()
    fewer = (counts >= _FEWEST_CLUSTERS) & (counts <= len(table) / 2)
    return [
        str(name) for name in counts.index[fewer] if not _is_amount(table[name])
    ]


def _is_amount(values: pd.Series) -> bool:
    if not pd.api.types.is_float_dtype(values):
        return False
    known = values.dropna()
    return bool((known != known.round()).any())


def _looks(options: ReadTestOptions) -> ReadTestOptions:
    """What is asked where a test is read more than once."""
    if options.looks == "fixed":
        return options
    if options.looks == "msprt":
        return controls(
            "engagement",
            ReadTestOptions,
            key=widget_key("engagement", "test"),
            only=("smallest",),
            high={"smallest": _HIGHEST_COST},
            start=options,
        )
    left, right = st.columns(2, gap="medium")
    return controls(
        "engagement",
        ReadTestOptions,
        key=widget_key("engagement", "test"),
        only=("planned_looks", "look"),
        start=options.replace(planned_looks=5),
        places={"planned_looks": left, "look": right},
    )


def _look_at_test(result: TestReading) -> dict[str, Any]:
    first = result.effects.iloc[0]
    return {
        "date": result.options.today,
        "outcome": str(first["outcome"]),
        "customers": int(result.arms["customers"].sum()),
        "difference": float(first["difference"]),
        "p": float(first["p"]),
    }


def _look_at_campaign(result: CampaignResult) -> dict[str, Any]:
    measure = _decisive(result, list(result.campaigns["measure"]))
    first = result.campaigns.set_index("measure").loc[measure]
    return {
        "date": dt.date.today().isoformat(),
        "outcome": plain(f"engagement.measure.{measure}"),
        "customers": int(result.arms["customers"].sum()),
        "difference": float(first["difference"]),
        "p": float(first["p"]),
    }


def _log_look(test: str, look: dict[str, Any]) -> None:
    """Each look is kept in the workspace, so that nobody looks unseen until it looks good."""
    looks = list(workspace().settings.get(_LOOKS) or [])
    named = {"test": test, **look}
    if named not in looks:
        looks = [*looks, named][-_KEPT_LOOKS:]
        workspace().settings[_LOOKS] = looks
    own = [each for each in looks if each.get("test") == test]
    with st.expander(say("engagement.worked.looks", count=len(own))):
        table = pd.DataFrame(own).drop(columns="test")
        listing(table, "looks", shares=())


def _test_tables(result: TestReading) -> None:
    with st.expander(say("engagement.worked.each")):
        listing(result.arms, "arms")
        shown = result.effects.dropna(axis=1, how="all")
        listing(shown, "effects", shares=(), whole=result.effects)
    _checks(result.checks, result.set_aside)
