"""The pieces of the page of the plan: what it works with, its settings, tables, files, code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    SPENDING,
    ActionOptions,
    Honesty,
    HonestyOptions,
    Plan,
    PlanOptions,
    PossibleActions,
    judge_plan,
    plan_actions,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.ui import (
    Answer,
    blocks,
    choice_text,
    column_name,
    downloads,
    plain,
    rounded,
    run,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.strategy.known import Source
from crm_analysis.tables.script import script

_COLOURS: dict[str, Literal["green", "orange", "gray"]] = {
    "measured": "green",
    "assumed": "orange",
    "unknown": "gray",
}
HONESTY = HonestyOptions(splits=20)
_WHOLE_FROM = 10_000  # columns that reach so far are shown without decimals
_SHARES = ("share", "lo", "hi", "risk", "effect", "gap", "ratio", "tolerance")


@dataclass(frozen=True, eq=False)
class Planning:
    """What the tabs work with: everything of the page but the plan is made before they are drawn.

    - `source`, `people`, `catalogue`, `effects`: the tables that came in.
    - `possible`, `table`: the options of the plan, and their table alone.
    - `action_options`, `limits`: the settings.
    - `python`: the lines that make `possible`, `table` and `limits`.
    - `remarks`: what is not known, and why.
    """

    source: Source
    people: Answer[pd.DataFrame]
    catalogue: pd.DataFrame
    effects: Answer[pd.DataFrame] | None
    possible: Answer[PossibleActions]
    table: Answer[pd.DataFrame]
    action_options: ActionOptions
    limits: PlanOptions
    python: tuple[str, ...]
    remarks: tuple[Message, ...] = ()

    @property
    def plan(self) -> Answer[Plan]:
        """The plan; AnalysisError where the limits clash."""
        return run(plan_actions, self.table, self.limits)

    def other_plan(self, **limits: Any) -> Answer[Plan]:
        """The plan under other limits."""
        return run(plan_actions, self.table, self.limits.replace(**limits))

    @property
    def honesty(self) -> Answer[Honesty]:
        """What is to be expected of the plan."""
        return run(judge_plan, self.plan, HONESTY)

    @property
    def promises_profit(self) -> bool:
        """Whether anything says what an action brings; else no profit is shown."""
        return bool(self.table.value["profit"].notna().any())

    def code(self, *after: str) -> str:
        """The page in Python up to the plan, and what comes after it."""
        lines = [
            "plan = crm.plan_actions(table, limits)",
            *(after or ("print(plan.summary())",)),
        ]
        return script([*self.python, *lines])


titled_chart = partial(blocks.titled_chart, "strategy")


def headline(
    name: str,
    value: float | str | None,
    style: str = "number",
    *,
    explained: bool = False,
) -> dict[str, Any]:
    """A headline number of this page, as `figures` takes it."""
    item = {"label": f"strategy.figure.{name}", "value": value, "style": style}
    return item | ({"help": f"strategy.figure_help.{name}"} if explained else {})


def listing(
    frame: pd.DataFrame,
    name: str,
    *,
    styles: Mapping[str, str] | None = None,
    height: int | None = None,
    whole: pd.DataFrame | None = None,
    file: bool = True,
) -> None:
    """A table with its files."""
    if styles is None:
        styles = {
            column: "percent" for column in _SHARES if column in frame.columns
        }
    show_table(
        "strategy",
        rounded(frame, _WHOLE_FROM),
        key=widget_key("strategy", name),
        styles=styles,
        height=height,
    )
    if file:
        filed = frame if whole is None else whole
        downloads(
            f"plan_{name}",
            blocks.titled(filed, "strategy"),
            key=widget_key("strategy", name, "file"),
        )


def in_words(planning: Planning, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its codes in words: tiers of spending, sources of effects, arms."""
    said: dict[str, list[str]] = {}
    tiers = "segment" if planning.action_options.segment == SPENDING else SPENDING
    for name, template in (
        (tiers, "strategy.tier.{}"),
        ("source", "strategy.source.{}"),
        ("arm", "strategy.arm.{}"),
    ):
        if name in frame.columns:
            text = choice_text(template)
            said[name] = [
                "" if pd.isna(code) else text(code) for code in frame[name]
            ]
    frame = frame.assign(**said)
    group = planning.action_options.group
    if group is None or group in frame.columns:
        return frame
    return frame.rename(columns={"group": column_name(group)})


def sources(planning: Planning) -> None:
    """Where the effects of the actions are from: each source with its colour, its actions named."""
    table = planning.table.value
    source = table["source"].fillna("unknown").astype(str)
    for name, colour in _COLOURS.items():
        actions = sorted(table.loc[source == name, "action"].astype(str).unique())
        if actions:
            # A badge would cut the names off where they need a second line.
            text = say(f"strategy.source_of.{name}", actions=actions)
            st.markdown(
                f":{colour}-background[:{colour}[{text}]]",
                help=say(f"strategy.source_help.{name}"),
            )


def proof(plan: Plan) -> Message:
    """What the plan promises, what no plan can pass, and how far the plan is below the best."""
    facts = plan.summary()
    word = "proven" if facts["proven"] else "short"
    details = {name: facts[name] for name in ("profit", "bound", "gap")}
    details["more"] = max(plan.allocation.ceiling - plan.allocation.profit, 0.0)
    return Message(f"strategy.todo.{word}", details)


def limit_name(row: Mapping[str, Any]) -> str:
    """A limit in words, from its row in the table of limits."""
    return plain(
        f"strategy.limit.{row['kind']}",
        amount=row["amount"],
        subject=row["subject"],
    )
