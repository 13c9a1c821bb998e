"""What each customer could be given, and what that brings: customers, actions and effects joined.

profit = margin · Δp · value − cost − P(redeemed) · discount · basket
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.inputs.catalogue import (
    Action,
    actions_of,
    check_actions,
)
from crm_analysis.analyses.strategy.inputs.effects import (
    ASSUMED,
    check_effect_table,
)
from crm_analysis.analyses.strategy.inputs.options import ActionOptions
from crm_analysis.analyses.strategy.inputs.people import people_of
from crm_analysis.analyses.strategy.table import check_currencies
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class PossibleActions:
    """The options of a plan.

    - `table`: a row a customer and action they are eligible for.
        - `customer`, `action`, `channel` : names; `segment`, `group` where known
        - `profit`, `profit_lo`, `profit_hi` : expected, in money, with the range of effect and
          value; NaN without an effect
        - `cost` : of the contact and the discount taken, expected, in money
        - `effect`, `error` : change of a probability; standard error of the profit, in money
        - `cell` : options of one cell share their effect's error; `source` : of the effect,
          "measured", "assumed" or missing
        - `profit_a`, `profit_b` : with the effect in either half of the campaign; NaN without one
        - `worth` : of one customer more kept or won for sure: margin times value, in money
        - `points`, `kept` : of fatigue; customers the action is expected to keep: its effect, at
          most their risk
        - `value`, `risk`, `contacts` : of the customer, where known
    - `capacity`: times by action, as `PlanOptions.action_capacity` takes it.
    - `notes`: what to say of it.
    """

    table: pd.DataFrame
    capacity: tuple[tuple[str, float], ...]
    options: ActionOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: options, customers, actions; measured, assumed, unknown (actions)."""
        table = self.table
        source = table.drop_duplicates(["action", "source"])["source"]
        return {
            "options": float(len(table)),
            "customers": float(table["customer"].nunique()),
            "actions": float(table["action"].nunique()),
            "measured": float((source == "measured").sum()),
            "assumed": float((source == ASSUMED).sum()),
            "unknown": float(source.isna().sum()),
        }


def possible_actions(
    customers: pd.DataFrame,
    actions: pd.DataFrame,
    effects: pd.DataFrame | None = None,
    options: ActionOptions | None = None,
) -> PossibleActions:
    """What each customer could be given, with profit, cost and all that a limit may be of.

    The best effect there is counts: measured in the customer's segment, measured in all, assumed
    for the segment, assumed for all. Without any there are costs and reach only.

    Parameters
    ----------
    customers : pandas.DataFrame
        A row a customer: customer, value (with value_lo, value_hi where known), and where known
        segment, risk, basket, contacts, a group.
    actions : pandas.DataFrame
        A row an action: action, cost; channel, discount, redeemed, capacity, points, eligible.
    effects : pandas.DataFrame, optional
        A row an action and segment: action, segment, effect or lo and hi, source; as
        `measured_effects` gives them, or typed in.
    options : ActionOptions, optional
        Margin and columns.

    Returns
    -------
    PossibleActions
        `.table`, which `plan_actions` and `pareto_front` take.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_customers", "strategy.repeated_customers" (count);
        "strategy.no_value" (column), "strategy.no_basket"; "strategy.no_actions" and others where
        actions or effects are not what they should be.

    See Also
    --------
    plan_actions : who gets which of them.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": ["a", "b"], "value": [100.0, 400.0]})
    >>> actions = pd.DataFrame({"action": ["call"], "cost": [4.0]})
    >>> effects = pd.DataFrame({"action": ["call"], "lo": [0.05], "hi": [0.15]})
    >>> made = possible_actions(customers, actions, effects, ActionOptions(margin=0.5))
    >>> made.table[["customer", "action", "profit", "cost", "source"]]
      customer action  profit  cost   source
    0        a   call     1.0   4.0  assumed
    1        b   call    16.0   4.0  assumed
    """
    options = options or ActionOptions()
    people, notes = people_of(customers, options, effects is not None)
    catalogue = actions_of(check_actions(actions))
    check_currencies(people, actions)
    if (
        any(row.discount > 0 for row in catalogue)
        and "basket" not in people.columns
    ):
        raise AnalysisError("strategy.no_basket", column=options.basket)
    known = None
    if effects is not None and len(effects):
        known = check_effect_table(effects, options.coverage)
    parts = [
        _offered(people, row, _best_effects(people, row.action, known), options)
        for row in catalogue
    ]
    table = pd.concat(parts, ignore_index=True)
    if not len(table):
        raise AnalysisError("strategy.no_options")
    unknown = sorted(table.loc[table["source"].isna(), "action"].unique())
    assumed = sorted(table.loc[table["source"] == ASSUMED, "action"].unique())
    if assumed:
        notes.append(Message("strategy.note.assumed", {"actions": assumed}))
    if unknown and known is not None:
        notes.append(Message("strategy.note.no_effect", {"actions": unknown}))
    capacity = tuple(
        (row.action, float(row.capacity))
        for row in catalogue
        if np.isfinite(row.capacity) and (table["action"] == row.action).any()
    )
    return PossibleActions(table, capacity, options, tuple(notes))


def _best_effects(
    people: pd.DataFrame, action: str, known: pd.DataFrame | None
) -> pd.DataFrame:
    """The effect that counts for each customer, by the best source there is; NaN where none is."""
    names = ["effect", "error", "lo", "hi", "effect_a", "effect_b"]
    best = pd.DataFrame(np.nan, index=people.index, columns=names)
    for name in ("source", "cell"):
        best[name] = pd.Series([None] * len(best), index=best.index, dtype=object)
    if known is None:
        return best
    own = known[known["action"] == action]
    segment = people["segment"] if "segment" in people.columns else None
    # From the weakest source to the strongest, so that the strongest one stays.
    ranked = own.assign(
        strength=2.0 * (own["source"] != ASSUMED) + own["segment"].notna()
    ).sort_values("strength", kind="stable")
    for row in ranked.itertuples():
        rows = np.ones(len(people), dtype=bool)
        whole = not isinstance(row.segment, str)
        if not whole:
            if segment is None:
                continue
            rows = (segment.astype(str) == row.segment).to_numpy()
        for name in names:
            best.loc[rows, name] = getattr(row, name)
        best.loc[rows, "source"] = row.source
        best.loc[rows, "cell"] = action if whole else f"{action} · {row.segment}"
    return best


def _offered(
    people: pd.DataFrame,
    action: Action,
    effect: pd.DataFrame,
    options: ActionOptions,
) -> pd.DataFrame:
    """The rows of one action: of those who are eligible."""
    eligible = action.eligible
    rows = np.ones(len(people), dtype=bool)
    if eligible:
        names = people.get("segment", pd.Series([None] * len(people)))
        rows = names.astype(str).isin(eligible).to_numpy()
    people, effect = people[rows], effect[rows]
    zero = np.zeros(len(people))
    value = people["value"].to_numpy() if "value" in people.columns else zero
    basket = people["basket"].to_numpy() if "basket" in people.columns else zero
    given = action.redeemed * action.discount * basket
    cost = action.cost + given
    middle = effect["effect"].to_numpy(dtype=float)
    table = people.drop(columns=["basket", "value_lo", "value_hi"], errors="ignore")
    table = table.assign(
        action=action.action,
        channel=action.channel,
        profit=options.margin * middle * value - cost,
        cost=cost,
        effect=middle,
        error=options.margin
        * np.abs(value)
        * effect["error"].to_numpy(dtype=float),
        worth=options.margin * value,
        points=action.points,
        source=effect["source"].astype(object),
        cell=effect["cell"].astype(object),
    )
    lowest = people.get("value_lo", pd.Series(value)).to_numpy(dtype=float)
    highest = people.get("value_hi", pd.Series(value)).to_numpy(dtype=float)
    corners = [
        options.margin * effect[end].to_numpy(dtype=float) * worth - cost
        for end in ("lo", "hi")
        for worth in (lowest, highest)
    ]
    table["profit_lo"] = np.min(corners, axis=0)
    table["profit_hi"] = np.max(corners, axis=0)
    for half in ("a", "b"):
        part = effect[f"effect_{half}"].to_numpy(dtype=float)
        table[f"profit_{half}"] = options.margin * part * value - cost
    kept = np.nan_to_num(middle)
    if "risk" in people.columns:
        risk = people["risk"].to_numpy(dtype=float)
        kept = np.clip(kept, risk - 1, risk)
    table["kept"] = kept
    return table
