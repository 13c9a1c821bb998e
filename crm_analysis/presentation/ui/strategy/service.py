"""Service levels: who gets the account manager, the hot line, the standard."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    ServiceOptions,
    ServicePlan,
    say_prices,
    service_levels,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import service as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    column_name,
    controls,
    figures,
    how,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import Planning, tables

_LEVELS = ("manager", "hot_line", "standard")
# What each is assumed to keep of those about to leave, for what share of customers there is room.
_KEEPS, _ROOM = (0.3, 0.12, 0.0), (0.02, 0.1, None)
# A contact of the level costs so many times what it keeps of a customer in the middle.
_DEARER = (2.0, 1.0, 0.0)
_MOST_GROUPS = 12
_NOTHING = 1e-9


def draw(planning: Planning) -> None:
    """The levels to edit, who gets which by tier and risk, what capacities and fairness cost."""
    people = _people(planning)
    options = _options(planning, people.value)
    with st.expander(say("strategy.service.edit_title"), icon=":material/edit:"):
        st.markdown(say("strategy.service.edit"))
        levels = tables.edited(
            "service", _usual(people.value, options), texts=("level", "eligible")
        )
    asked = run(service_levels, people, tables.by_hand(levels), options)
    service = asked.value
    key, details = _sentence(service)
    with starred(asked):
        answer(key, **details)
    assumed = say("strategy.source.assumed")
    st.caption(f":orange-badge[{assumed}] {say('strategy.service.assumed')}")
    facts = service.summary()
    figures(
        [
            {"label": "strategy.service.figure.raised", "value": facts["raised"]},
            {"label": "strategy.service.figure.profit", "value": facts["profit"]},
            {"label": "strategy.service.figure.cost", "value": facts["cost"]},
            {
                "label": "strategy.service.figure.gap",
                "value": facts["gap"],
                "style": "percent1",
                "help": "strategy.service.figure_help.gap",
            },
        ]
    )
    order = [str(name) for name in levels["level"].dropna()]
    drawn = service.tiers.groupby(["tier", "band"]).ngroups
    chart(
        pictures.levels(service.tiers, order, language()),
        key=widget_key("strategy", "service", "chart"),
        alt=plain(key, **details),
        height=130 + 40 * drawn,
    )
    notes([*_prices(service), *service.notes])
    _fairness(service)
    _list(service)
    _how(planning, levels, options)


def _people(planning: Planning) -> Answer[pd.DataFrame]:
    """The customers with value and risk under these names."""
    people, names = planning.people, _names(planning)
    if planning.action_options.value not in people.value.columns:
        raise AnalysisError(
            "strategy.no_value", column=planning.action_options.value
        )
    if planning.action_options.risk not in people.value.columns:
        raise AnalysisError("strategy.service.no_risk")
    return run(_renamed, people, names) if names else people


def _names(planning: Planning) -> dict[str, str]:
    """What the columns of value and risk are called there, and here, where that differs."""
    options = planning.action_options
    pairs = ((options.value, "value"), (options.risk, "risk"))
    return {given: name for given, name in pairs if given != name}


def _renamed(people: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    taken = [name for name in names.values() if name not in names]
    return people.drop(columns=taken, errors="ignore").rename(columns=names)


def _options(planning: Planning, people: pd.DataFrame) -> ServiceOptions:
    groups = [
        str(name)
        for name in people.columns
        if name not in ("customer", "value", "risk", "tier")
        and 2 <= people[name].nunique() <= _MOST_GROUPS
    ]
    group = planning.action_options.group
    start = ServiceOptions(
        margin=planning.action_options.margin,
        group=group if group in groups else None,
    )
    options = controls(
        "strategy.service",
        ServiceOptions,
        key=widget_key("strategy", "service", ",".join(groups)),
        only=(
            *("group", "fairness", "budget", "high", "middle"),
            *("risk_high", "risk_middle"),
        ),
        choices={"group": groups},
        names={"group": column_name},
        high={"budget": 1e9},
        start=start,
        places={},
    )
    return options if options.group else options.replace(fairness=None)


def _usual(people: pd.DataFrame, options: ServiceOptions) -> pd.DataFrame:
    """Three levels whose costs are of the size of what a customer brings."""
    worth = (options.margin * people["value"] * people["risk"]).astype(float)
    middle = float(worth[worth > 0].median()) if (worth > 0).any() else 1.0
    count = len(people)
    rows = [
        (
            plain(f"strategy.service.level.{name}"),
            _round(dearer * keeps * middle),
            keeps,
            None if room is None else float(max(1, round(room * count))),
            None,
        )
        for name, keeps, room, dearer in zip(
            _LEVELS, _KEEPS, _ROOM, _DEARER, strict=True
        )
    ]
    table = pd.DataFrame(
        rows, columns=["level", "cost", "keeps", "capacity", "eligible"]
    )
    return table.assign(eligible=table["eligible"].astype(object))


def _round(value: float) -> float:
    """To one figure, as one writes an assumption."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(round(value / power) * power)


def _sentence(service: ServicePlan) -> tuple[str, dict[str, Any]]:
    facts = service.summary()
    chosen = service.plan.chosen["action"].value_counts()
    if chosen.empty:
        return "strategy.service.nobody", {}
    given = [
        plain("strategy.service.gets", level=name, count=int(count))
        for name, count in chosen.items()
    ]
    details = {name: facts[name] for name in ("customers", "profit", "cost")}
    return "strategy.service.sentence", {**details, "given": given}


def _prices(service: ServicePlan) -> list[Message]:
    """What one more place of each level brings, and what more of the budget does."""
    limits = service.plan.limits
    places = limits[limits["kind"] == "action"]
    messages = [
        Message(
            f"strategy.service.{'place' if row.above > _NOTHING else 'place_free'}",
            {
                "level": row.subject,
                "gain": row.above,
                "free": row.amount - row.used,
            },
        )
        for row in places.itertuples()
    ]
    return [*messages, *say_prices(limits[limits["kind"] != "action"])]


def _fairness(service: ServicePlan) -> None:
    """What each rule costs; how to see it, where no group is chosen."""
    costs = service.fairness
    if costs.empty:
        st.caption(say("strategy.service.no_group"))
        return
    rules = costs[costs["tolerance"].notna()]
    possible = rules[rules["cost_of_rule"].notna()]
    if possible.empty:
        st.markdown(f"##### {say('strategy.service.unfair')}")
        return
    strict = possible.iloc[-1]
    details = {
        "tolerance": float(strict["tolerance"]),
        "cost": float(strict["cost_of_rule"]),
    }
    st.markdown(f"##### {say('strategy.service.fair', **details)}")
    if (possible["cost_of_rule"] > 0).any():
        chart(
            pictures.fairness(costs, language()),
            key=widget_key("strategy", "service", "fairness"),
            alt=plain("strategy.service.fair", **details),
            height=110 + 40 * len(possible),
        )
    rule = [
        plain("strategy.left_out.no_rule")
        if pd.isna(tolerance)
        else plain("strategy.service.rule", tolerance=tolerance)
        for tolerance in costs["tolerance"]
    ]
    tables.listing(
        "service",
        costs.assign(tolerance=rule),
        "rules",
        styles={"least_ratio": "percent"},
    )


def _list(service: ServicePlan) -> None:
    st.markdown(f"##### {say('strategy.service.list')}")
    table = service.customers.sort_values(
        ["profit", "value"], ascending=False, kind="stable", ignore_index=True
    )
    said = table.assign(
        tier=[pictures.tier_name(tier, language()) for tier in table["tier"]],
        band=[pictures.band_name(band, language()) for band in table["band"]],
    )
    tables.listing("service", said, "list", styles={"risk": "percent"}, height=320)


def _how(planning: Planning, levels: pd.DataFrame, options: ServiceOptions) -> None:
    columns = {
        str(name): [None if pd.isna(cell) else cell for cell in levels[name]]
        for name in levels.columns
    }
    names = _names(planning)
    people = f"people.rename(columns={names!r})" if names else "people"
    code = planning.code(
        "from pandas import DataFrame",
        f"levels = DataFrame({columns!r})",
        f"service = crm.service_levels({people}, levels, crm.{options.in_python()})",
        "print(service.summary())",
        "print(service.customers)",
    )
    how("strategy.how.service", code)
