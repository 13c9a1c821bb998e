"""Sentences that a page and the report both say of a result, of what is not its main finding."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_analysis.analyses.churn import Churn
from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.verdicts import against_naive
from crm_analysis.analyses.strategy import Honesty, Plan
from crm_analysis.analyses.value import (
    BusinessState,
    Cohorts,
    Contracts,
    Value,
    ValueMovement,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.pictures.feedback import aspect_name
from crm_analysis.presentation.pictures.forecast import model_name
from crm_analysis.wording import Language

LOSING = ("falling", "gone")  # directions of customers who bring less
SIMPLER = ("top_value", "random", "everyone", "nothing")  # plans beside the plan
_LATER = (12, 6, 3)  # periods on, of which the longest that is known is said
_LONGER = 0.005  # by how much retention grows until it is said to
_NAIVE = "seasonal_naive"
_FEATURES = 3


def strongest_month(value: Value) -> Message | None:
    """When value will come; None where that is not known by months."""
    peak = value.peak()
    if peak is None:
        return None
    return Message("value.ahead.sentence", {"measure": value.worth, **peak})


def top_customers(value: Value) -> Message:
    """How much the first tenth of customers will bring."""
    worth = value.customers[value.worth].sort_values(ascending=False, kind="stable")
    top = max(1, len(worth) // 10)
    share = float(worth.head(top).sum() / max(float(worth.sum()), 1e-12))
    details = {"top": top, "share": share, "measure": value.worth}
    return Message("value.people.sentence", details)


def best_and_quiet(scored: pd.DataFrame) -> Message:
    """How many customers have the best RFM scores, and how many were good and are quiet."""
    names = [name for name in "rfm" if name in scored.columns]
    best = scored[names].eq(5).all(axis=1)
    quiet = (scored["f"] >= 4) & (scored["r"] <= 2)
    details = {"best": int(best.sum()), "quiet": int(quiet.sum())}
    return Message("value.rfm.sentence", details)


def less_brought(movement: ValueMovement) -> Message:
    """How much less those bring who fall or are gone."""
    change = movement.directions.set_index("direction")["change"]
    lost = float(change[change.index.isin(LOSING)].sum())
    return Message(
        "value.moves.who", {"value": abs(lost), "measure": movement.measure}
    )


def overdue(state: BusinessState) -> Message | None:
    """Who should have ordered by now, and what they brought; None where nobody is."""
    people = state.at_risk
    if people.empty:
        return None
    if "revenue_year" not in people.columns:
        return Message("value.moves.overdue_orders", {"count": len(people)})
    value = float(people["revenue_year"].clip(lower=0).sum())
    return Message("value.moves.overdue", {"count": len(people), "value": value})


def lifetime(cohorts: Cohorts) -> Message:
    """How long a customer stays."""
    return Message(
        "value.cohort.lifetime",
        {
            "days": round(cohorts.lifetime["lifetime_days"] or 0.0),
            "lost_after": cohorts.lifetime["lost_after_days"],
        },
    )


def later_retention(cohorts: Cohorts) -> Message | None:
    """How many order many periods on; None where the record is too short."""
    summary = cohorts.summary()
    for periods in _LATER:
        retention = summary[f"retention_{periods}"]
        if retention is not None:
            return Message(
                "value.cohort.later",
                {
                    "periods": periods,
                    "retention": retention,
                    "every": cohorts.every,
                },
            )
    return None


def payback(cohorts: Cohorts) -> Message:
    """When a new customer has paid back their cost; without one, what they brought."""
    every: dict[str, Any] = {"every": cohorts.every}
    if cohorts.acquisition_cost <= 0:
        last = cohorts.average.iloc[-1]
        value, periods = float(last["margin_each"]), int(last["period"])
        return Message(
            "value.cohort.earned", {"value": value, "periods": periods, **every}
        )
    after = cohorts.summary()["payback"]
    if after is None:
        return Message("value.cohort.no_payback", {})
    return Message("value.cohort.paid_back", {"periods": int(after), **every})


def renewal(contracts: Contracts) -> Message:
    """Whether contracts are renewed more the longer they run."""
    last = contracts.observed_curve.iloc[-1]
    early = float(contracts.curve["retention"].iloc[0])
    late = float(last["retention"])
    longer = late > early + _LONGER
    return Message(
        f"value.contracts.{'longer' if longer else 'level'}",
        {"early": early, "late": late, "period": int(last["period"])},
    )


def surest_first(importance: pd.DataFrame) -> pd.DataFrame:
    """Columns by what they weigh, those first that surely do (`sure`)."""
    return importance.assign(sure=importance["lo"] > 0).sort_values(
        "sure", ascending=False, kind="stable", ignore_index=True
    )


def leading_features(
    table: pd.DataFrame, language: Language, from_orders: bool
) -> Message:
    """What a model goes by most, of columns with the surest first."""
    features = [
        feature_name(name, language, from_orders)
        for name in table.loc[table["sure"], "feature"].head(_FEATURES)
    ]
    if not features:
        return Message("churn.explain.nothing_stands_out", {})
    details = {"features": features, "count": len(features)}
    return Message("churn.explain.important", details)


def model_in_use(churn: Churn) -> Message:
    """How well the model in use ranks beside one rule and chance."""
    key = "churn.evaluation.models"
    if churn.verdict == "rule":
        key = "churn.evaluation.models_rule"
    return Message(
        key,
        {
            "model": churn.model.name,
            "auc": churn.figures["auc"],
            "rule": churn.figures["one_rule_auc"],
        },
    )


def tested_against_naive(
    forecast: Forecast, series: str, language: Language
) -> Message | None:
    """How near the forecast of a series was on earlier days; None where it could not be tested."""
    scores = forecast.accuracy
    own = scores[scores["series"].astype(str) == series]
    chosen = own[own["chosen"].astype(bool)]
    naive = own[own["model"] == _NAIVE]
    if not (len(chosen) and len(naive)):
        return None
    errors = chosen["mase"].iloc[0], naive["mase"].iloc[0]
    if any(pd.isna(error) for error in errors):
        return None
    names = forecast.series["series"].astype(str)
    row = forecast.series[names == series].iloc[0].to_dict()
    tested = against_naive({**row, "mase": errors[0], "mase_naive": errors[1]})
    return Message(
        f"forecast.accuracy.{tested.kind if tested else 'same'}",
        {
            "model": model_name(str(chosen["model"].iloc[0]), language),
            "smape": float(chosen["smape"].iloc[0]) / 100,
            "share": tested.share if tested else 0.0,
            "again": tested.repeated if tested else "season",
        },
    )


def aspects(table: pd.DataFrame, language: Language) -> Message:
    """Which aspect is spoken of most, and which is blamed most."""
    first = table.iloc[0]
    details: dict[str, Any] = {
        "first": aspect_name(first["aspect"], language),
        "comments": int(first["comments"]),
    }
    if table["share_negative"].isna().all():
        return Message("feedback.aspects.no_share", details)
    worst = table.loc[table["share_negative"].idxmax()]
    details |= {
        "worst": aspect_name(worst["aspect"], language),
        "share": float(worst["share_negative"]),
        "low": float(worst["lo"]),
        "high": float(worst["hi"]),
    }
    is_first = worst["aspect"] == first["aspect"]
    return Message(f"feedback.aspects.{'both' if is_first else 'answer'}", details)


def changed_month(months: pd.DataFrame) -> pd.Series | None:
    """The month whose negative share differs most, beyond chance; None where none does."""
    changed = months[months["changed"].astype(bool)]
    if changed.empty:
        return None
    return changed.loc[(changed["share"] - changed["centre"]).abs().idxmax()]


def changed(months: pd.DataFrame) -> Message:
    """In which month more or fewer comments were negative than usual."""
    details: dict[str, Any] = {"centre": float(months["centre"].iloc[0])}
    month = changed_month(months)
    if month is None:
        return Message("feedback.changed.nothing", details)
    details |= {
        "month": pd.Timestamp(month["month"]).date(),
        "share": float(month["share"]),
        "low": float(month["lo"]),
        "high": float(month["hi"]),
    }
    side = "more" if month["share"] > month["centre"] else "less"
    return Message(f"feedback.changed.{side}", details)


def worth(plan: Plan, honesty: Honesty) -> Message:
    """What a plan promises and what to expect of it, beside simpler ones."""
    judged, table = honesty.summary(), plan.methods.set_index("method")
    details: dict[str, Any] = {"profit": judged["promised"]}
    details |= {name: float(table.loc[name, "value"]) for name in SIMPLER}
    if judged["expected"] is None:
        return Message("strategy.worth.promised", details)
    details |= {
        "expected": judged["expected"],
        "chance": judged["chance_of_loss"],
    }
    return Message("strategy.worth.expected", details)
