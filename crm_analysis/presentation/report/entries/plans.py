"""Findings on what to do with a budget."""

from __future__ import annotations

from crm_analysis.analyses.strategy import (
    BrandModel,
    BudgetShares,
    CellShares,
    Front,
    Honesty,
    Plan,
    ReadBack,
    ServicePlan,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.wording import say

_POINTS = 24


def plan(result: Plan, saying: Saying) -> Finding:
    """Who gets which action, and what that brings."""
    summary = result.summary()
    chosen = result.chosen
    groups = (
        chosen.assign(action=chosen["action"].astype(str))
        .groupby("action")
        .agg(customers=("customer", "nunique"), cost=("cost", "sum"))
        .reset_index()
    )
    if summary["profit"] is not None:
        profits = chosen.groupby(chosen["action"].astype(str))["profit"].sum()
        groups["profit"] = groups["action"].map(profits)
    has_profit = "profit" in groups.columns
    by, style = ("profit", "money") if has_profit else ("customers", "number")
    return saying.finding(
        saying.sentence(
            f"report.plan.{'profit' if has_profit else 'reach'}",
            contacted=int(summary["contacted"] or 0),
            customers=int(summary["customers"] or 0),
            profit=summary["profit"],
            cost=summary["cost"],
        ),
        "plan",
        number=saying.number(summary["profit"], "money")
        or saying.number(summary["contacted"]),
        label=saying.label("profit" if has_profit else "contacted"),
        count=saying.count(summary["customers"]),
        chart=saying.chart(groups, "action", [by], style=style, counts="customers"),
        table=saying.table(
            groups,
            ["action", "customers", "cost", "profit"],
            {"cost": "money", "profit": "money"},
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=int(summary["contacted"] or 0) or None,
    )


def front(result: Front, saying: Saying) -> Finding:
    """What more of one aim costs of another."""
    first, second = result.options.objectives[:2]
    every = max(1, len(result.points) // _POINTS)
    frame = result.points.iloc[::every]
    styles = dict.fromkeys(("profit", "cost"), "money")
    names = [
        say(f"strategy.objective.{name}", saying.language)
        for name in (first, second)
    ]
    labels = [
        saying.number(value, styles.get(second, "number"))
        for value in frame[second]
    ]
    return saying.finding(
        saying.sentence(
            "report.front",
            points=len(result.points),
            first=names[0],
            second=names[1],
        ),
        "front",
        number=saying.number(float(len(result.points))),
        label=saying.label("plans"),
        chart=saying.chart(
            frame.assign(label=labels),
            "label",
            [first],
            shape="lines",
            style=styles.get(first, "number"),
        ),
        table=saying.table(
            frame,
            ["point", *result.options.objectives],
            styles,
        ),
        caveats=saying.caveats(result.notes),
    )


def budget_shares(result: BudgetShares, saying: Saying) -> Finding:
    """What each channel gets of the budget."""
    summary = result.summary()
    frame = result.shares
    by = "channel" if "channel" in frame.columns else "segment"
    most = frame.loc[frame["spend"].idxmax()]
    return saying.finding(
        saying.sentence(
            "report.budget_shares",
            name=str(most[by]),
            share=float(most["share"]),
            spent=summary["spent"],
        ),
        "budget_shares",
        number=saying.number(float(most["share"]), "percent"),
        label=saying.label("largest_share"),
        chart=saying.chart(frame, by, ["share"], style="percent"),
        table=saying.table(
            frame,
            [by, "spend", "share", "gain", "marginal"],
            {"spend": "money", "share": "percent", "marginal": "number2"},
        ),
        caveats=saying.caveats(result.notes),
    )


def read_back(result: ReadBack, saying: Saying) -> Finding:
    """Whether the promise was kept."""
    summary = result.summary()
    frame = result.actions.assign(
        action=[
            str(name) or say("report.all_actions", saying.language)
            for name in result.actions["action"]
        ]
    )
    arms = [int(summary[name] or 0) for name in ("treated", "holdout")]
    return saying.finding(
        saying.message(result.verdict),
        "read_back",
        number=saying.number(summary["measured"], "money"),
        label=saying.label("measured") if summary["measured"] is not None else "",
        interval=saying.interval(summary["lo"], summary["hi"], "money"),
        count=saying.count(sum(arms)),
        chart=saying.ranges(frame, "action", "measured", "money", counts="treated"),
        table=saying.table(
            frame,
            ["action", "treated", "promised", "measured", "lo", "hi"],
            dict.fromkeys(("promised", "measured", "lo", "hi"), "money"),
            counts="treated",
        ),
        caveats=saying.caveats(result.notes),
        people=min((number for number in arms if number), default=None),
    )


def service_plan(result: ServicePlan, saying: Saying) -> Finding:
    """Who gets which level of service, and what that brings."""
    summary, language = result.summary(), saying.language
    chosen = result.plan.chosen["action"].astype(str).value_counts()
    key = "sentence" if len(chosen) else "nobody"
    given = [
        say("strategy.service.gets", language, level=name, count=int(count))
        for name, count in chosen.items()
    ]
    levels = result.customers["level"].astype(str).value_counts()
    frame = levels.rename_axis("level").reset_index(name="customers")
    return saying.finding(
        saying.sentence(
            f"strategy.service.{key}",
            given=given,
            **{name: summary[name] for name in ("customers", "profit", "cost")},
        ),
        "service_plan",
        number=saying.number(summary["profit"], "money"),
        label=saying.label("profit"),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            frame, "level", ["customers"], counts="customers", whole=True
        ),
        table=saying.table(
            frame, ["level", "customers"], counts="customers", whole=True
        ),
        caveats=(
            saying.sentence("strategy.service.assumed"),
            *saying.caveats(result.notes),
        ),
        people=int(frame["customers"].min()),
    )


def brands(result: BrandModel, saying: Saying) -> Finding:
    """What sets brands apart: how many buy them, or how often their buyers buy."""
    table = result.brands.sort_values("penetration", ascending=False, kind="stable")
    return saying.finding(
        saying.message(result.sentence),
        "brands",
        number=saying.number(float(table["penetration"].iloc[0]), "percent1"),
        label=saying.label("buy_it"),
        chart=saying.chart(
            table, "brand", ["penetration", "expected_penetration"], style="percent"
        ),
        table=saying.table(
            table,
            [
                "brand",
                "share",
                "penetration",
                "expected_penetration",
                "purchases",
                "expected_purchases",
            ],
            {
                "share": "percent1",
                "penetration": "percent1",
                "expected_penetration": "percent1",
                "purchases": "number2",
                "expected_purchases": "number2",
            },
        ),
        caveats=saying.caveats(result.notes),
    )


def cells(result: CellShares, saying: Saying) -> Finding:
    """Which cell of a test is likely the best, and how many each gets next."""
    summary = result.summary()
    is_share = not result.options.worth
    style = "percent1" if is_share else "number2"
    frame = result.cells.rename(
        columns={
            "worth": "cell_share" if is_share else "cell_worth",
            "best": "cell_best",
            "next": "cell_next",
        }
    )
    worth = "cell_share" if is_share else "cell_worth"
    leader = result.cells.loc[result.cells["best"].idxmax()]
    return saying.finding(
        saying.sentence(
            "strategy.cells.note.best",
            cell=str(leader["cell"]),
            best=summary["best"],
        ),
        "cells",
        number=saying.number(summary["best"], "percent"),
        label=saying.label("best_cell"),
        count=saying.count(summary["customers"]),
        chart=saying.ranges(frame, "cell", worth, style, counts="customers"),
        table=saying.table(
            frame,
            ["cell", "customers", worth, "lo", "hi", "cell_best", "cell_next"],
            {
                **dict.fromkeys((worth, "lo", "hi"), style),
                "cell_best": "percent",
            },
            counts="customers",
        ),
        caveats=saying.caveats(
            note for note in result.notes if not note.key.endswith(".best")
        ),
    )


def worth(result: tuple[Plan, Honesty], saying: Saying) -> Finding:
    """What a plan promises and what to expect of it, beside simpler ones."""
    plan, honesty = result
    message, judged = sentences.worth(plan, honesty), honesty.summary()
    number, label = judged["expected"], "expected_profit"
    if number is None:
        number, label = judged["promised"], "profit"
    shown = ("exact", *sentences.SIMPLER)
    # A list that passes the limits is no plan to compare with.
    within = plan.methods["within"].astype(bool)
    methods = plan.methods[within & plan.methods["method"].isin(shown)]
    names = {"exact": say("strategy.worth.exact", saying.language)}
    frame = methods.assign(
        method=[
            names.get(name) or say(f"strategy.method.{name}", saying.language)
            for name in methods["method"]
        ]
    ).rename(columns={"value": "profit"})
    return saying.finding(
        saying.message(message),
        "worth",
        number=saying.number(number, "money"),
        label=saying.label(label),
        interval=saying.interval(judged["lo"], judged["hi"], "money"),
        count=saying.count(plan.summary()["customers"]),
        chart=saying.chart(
            frame, "method", ["profit"], style="money", counts="customers"
        ),
        table=saying.table(
            frame,
            ["method", "customers", "profit", "cost"],
            dict.fromkeys(("profit", "cost"), "money"),
            counts="customers",
        ),
        caveats=saying.caveats(honesty.notes),
        people=int(plan.summary()["contacted"] or 0) or None,
    )
