"""The verbs of churn, from examples of leaving to a campaign."""

from __future__ import annotations

import pandas as pd

import crm_analysis as crm
from crm_analysis.analyses import churn, overview
from tests.golden.data import Verbs, churn_of, features, opened

CHURN = crm.ChurnOptions(
    candidates=("naive_bayes", "logistic", "tree", "xgboost"),
    folds=3,
    repeats=1,
    draws=50,
)
MONEY = crm.MoneyOptions(
    value_column="worth", contact_cost=1, incentive=5, success=0.3
)

CHURN_OF_ORDERS: Verbs = [
    ("propose_window", lambda data: crm.propose_window(data.lines)),
    ("plan_windows", lambda data: churn.plan_windows(data.lines)),
    (
        "churn_examples",
        lambda data: crm.churn_examples(data.lines, current=True),
    ),
    (
        "churn_examples (30 days)",
        lambda data: crm.churn_examples(
            data.some,
            crm.WindowOptions(
                window_days=30, cutoffs=3, min_orders=2, lookback_days=90
            ),
        ),
    ),
    ("current_customers", lambda data: crm.current_customers(data.lines)),
    (
        "predict_churn",
        lambda data: crm.predict_churn(data["churn_examples"], CHURN),
    ),
    (
        "drift",
        lambda data: crm.drift(
            features(data, "churn_examples"),
            features(data, "current_customers"),
        ),
    ),
    (
        "reasons_for",
        lambda data: crm.reasons_for(
            data["predict_churn"].model,
            data["current_customers"],
            data["predict_churn"].training,
            rows=30,
        ),
    ),
    (
        "survival",
        lambda data: crm.survival(
            data["churn_examples"],
            crm.SurvivalOptions(tenure="tenure", by="country"),
        ),
    ),
]

CHURN_OF_CUSTOMERS: Verbs = [
    ("people", lambda data: overview.people(data.lines)),
    ("find_target", lambda data: churn.find_target(data.lines)),
    ("predict_churn", lambda data: crm.predict_churn(data.lines, CHURN)),
    (
        "drift",
        lambda data: crm.drift(
            data.lines.drop(columns=["customer", "churned"])[:700],
            data.lines.drop(columns=["customer", "churned"])[700:],
        ),
    ),
    (
        "reasons_for",
        lambda data: crm.reasons_for(
            data["predict_churn"].model,
            data.fewer,
            data["predict_churn"].training,
            rows=30,
        ),
    ),
    ("survival", lambda data: crm.survival(data.lines)),
    (
        "survival (groups)",
        lambda data: crm.survival(
            data.lines, crm.SurvivalOptions(by="Contract", groups=3)
        ),
    ),
    ("estimate_contracts", lambda data: crm.estimate_contracts(data.lines)),
    (
        "fit_sbg",
        lambda data: crm.fit_sbg(
            pd.DataFrame(
                {
                    "tenure": data.lines[churn.tenure_column(data.lines)],
                    "churned": data.lines["churned"].astype(bool),
                }
            )
        ),
    ),
]

CHURN_BY_MODEL: Verbs = [
    *(
        (
            f"predict_churn ({name})",
            lambda data, name=name: churn_of(data, name),
        )
        for name in (
            "logistic",
            "forest",
            "hist_gradient_boosting",
            "linear_svm",
            "mlp",
            "stack",
        )
    ),
    (
        "predict_churn (balanced)",
        lambda data: crm.predict_churn(
            data.fewer,
            crm.ChurnOptions(
                model="tree",
                class_weight="balanced",
                calibration="isotonic",
                threshold=0.4,
            ),
        ),
    ),
]

ACTING_ON_CHURN: Verbs = [
    (
        "apply (churn)",
        lambda data: data["predict_churn"].apply(data["predict_churn"].table[::5]),
    ),
    ("fairness", lambda data: data["predict_churn"].fairness(data.change[0])),
    (
        "reasons_of",
        lambda data: crm.reasons_of(data["predict_churn"], rows=40, raising=True),
    ),
    (
        "importance",
        lambda data: crm.importance(data["predict_churn"], repeats=1, rows=500),
    ),
    ("readable_tree", lambda data: crm.readable_tree(data["predict_churn"])),
    (
        "effect",
        lambda data: churn.effect(data["predict_churn"], data.change[0]),
    ),
    (
        "changeable_features",
        lambda data: churn.changeable_features(data["predict_churn"]),
    ),
    (
        "what_if",
        lambda data: crm.what_if(
            data["predict_churn"], data.anyone, dict([data.change])
        ),
    ),
    (
        "best_changes",
        lambda data: crm.best_changes(data["predict_churn"], data.anyone),
    ),
    ("plan_campaign", lambda data: crm.plan_campaign(data.scored, MONEY)),
    (
        "plan_campaign (budget)",
        lambda data: crm.plan_campaign(
            data.scored.drop(columns="churned"),
            crm.MoneyOptions(value=80, budget=300),
        ),
    ),
    (
        "best_threshold",
        lambda data: churn.best_threshold(data["plan_campaign"]),
    ),
    (
        "profit_by_success",
        lambda data: churn.profit_by_success(data["plan_campaign"]),
    ),
    (
        "list_to_contact",
        lambda data: crm.list_to_contact(
            data.scored,
            MONEY,
            crm.RetentionListOptions(holdout=0.2),
            reasons=data["reasons_of"],
            suppressed=list(data.scored["customer"][:9]),
        ),
    ),
    (
        "list_to_contact (again)",
        lambda data: crm.list_to_contact(
            data.scored,
            MONEY.replace(count=40),
            previous=data["list_to_contact"].table[:30],
        ),
    ),
    (
        "measure_campaign",
        lambda data: crm.measure_campaign(
            data["list_to_contact"].table, data.outcomes
        ),
    ),
    (
        "suggest_actions",
        lambda data: churn.suggest_actions(data["reasons_of"], data.lines),
    ),
    (
        "save_model",
        lambda data: crm.save_model(data["predict_churn"], made="2024-05-01"),
    ),
    ("open_model", opened),
    (
        "apply (kept)",
        lambda data: data["open_model"].apply(data["predict_churn"].table[::5]),
    ),
    (
        "drift (kept)",
        lambda data: data["open_model"].drift(data["predict_churn"].table[::3]),
    ),
]
