"""Drift between tables, and models that are kept and opened again."""

import io
import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn import (
    Churn,
    ChurnOptions,
    MoneyOptions,
    RiskModel,
    drift,
    drift_from_training,
    list_to_contact,
    open_model,
    plan_campaign,
    predict_churn,
    reasons_for,
    save_model,
)
from crm_analysis.analyses.churn.models.drift import stability_index
from crm_analysis.analyses.churn.models.saved_model import fingerprint_of
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import close_workspaces, open_workspace
from tests.churn_people import (
    LEFT,
    NAMES,
    PREPARED,
    TABLE,
    churn_of_people,
    made,
    models_of_each_kind,
)
from tests.variants import every


@pytest.fixture(scope="module")
def models() -> dict[str, RiskModel]:
    return models_of_each_kind()


@pytest.fixture(scope="module")
def churn() -> Churn:
    return churn_of_people()


# Drift


def test_the_stability_index_by_hand() -> None:
    before, now = np.array([300.0, 700.0]), np.array([400.0, 600.0])
    p, q = (before + 0.5) / 1001, (now + 0.5) / 1001
    assert stability_index(before, now) == pytest.approx(
        sum((q - p) * np.log(q / p))
    )
    # Without the half rows: (.4 − .3) ln(4/3) + (.6 − .7) ln(6/7) = .0442
    assert stability_index(before * 1e6, now * 1e6) == pytest.approx(
        0.1 * math.log(4 / 3) - 0.1 * math.log(6 / 7), abs=1e-6
    )


@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=8),
    st.lists(st.integers(0, 500), min_size=8, max_size=8),
)
def test_the_index_is_never_below_zero_and_the_same_both_ways(
    before: list[int], now: list[int]
) -> None:
    one, two = np.array(before) + 1, np.array(now[: len(before)]) + 1
    assert stability_index(one, two) >= -1e-12
    assert stability_index(one, two) == pytest.approx(stability_index(two, one))
    assert stability_index(one, one) == pytest.approx(0, abs=1e-12)


def test_the_same_customers_have_not_drifted_whatever_the_order_of_columns() -> (
    None
):
    result = drift(
        PREPARED,
        PREPARED[PREPARED.columns[::-1]],
        risk_before=LEFT,
        risk_now=LEFT,
    )
    assert (
        result.features["index"].to_numpy() == pytest.approx(0, abs=1e-9)
        and result.level == "stable"
    )
    assert (
        not result.missing
        and not result.extra
        and not len(result.unseen)
        and result.score["index"] == pytest.approx(0, abs=1e-9)
    )


@pytest.mark.slow
def test_chance_alone_is_seldom_called_drift() -> None:
    """Tables of 60 customers have an index far above .1 by chance."""
    rng = np.random.default_rng(0)
    before = pd.DataFrame(
        {"a": rng.normal(size=2000), "b": rng.choice(list("abcdefgh"), 2000)}
    )
    result = [
        drift(
            before,
            pd.DataFrame(
                {
                    "a": rng.normal(size=60),
                    "b": rng.choice(list("abcdefgh"), 60),
                }
            ),
        ).features
        for _ in range(60)
    ]
    table = pd.concat(result)
    assert (table["index"] > 0.1).mean() > 0.3 and (
        table["level"] != "stable"
    ).mean() < 0.12


def test_what_drifted_is_named_and_what_is_new_is_counted() -> None:
    new = PREPARED.assign(
        fee=PREPARED["fee"] * 1.6,
        contract=PREPARED["contract"]
        .astype(object)
        .where(PREPARED["contract"] != "month", "week"),
    )
    result = drift(PREPARED, new.drop(columns="age"))
    table = result.features.set_index("feature")
    assert (
        table.loc[["fee", "contract"], "level"].tolist()
        == ["different", "different"]
        and table.loc["tenure", "level"] == "stable"
    )
    weeks = int((TABLE["contract"] == "month").sum())
    assert (
        result.unseen.to_dict("records")
        == [{"feature": "contract", "value": "week", "rows": weeks}]
        and table.loc["contract", "unseen"] == weeks
    )
    assert (
        result.missing == ("age",)
        and result.level == "different"
        and table.loc["fee", "p"] < 1e-6
        and table.loc["tenure", "p"] == pytest.approx(1)
    )
    assert {
        "retention.drift.missing",
        "retention.drift.different",
        "retention.drift.unseen",
    } == {key for key, _ in result.notes}
    gaps = (
        drift(
            PREPARED,
            PREPARED.assign(
                tenure=np.where(np.arange(600) < 300, np.nan, PREPARED["tenure"])
            ),
        )
        .features.set_index("feature")
        .loc["tenure"]
    )
    assert (
        gaps["level"] == "different"
        and gaps["missing_now"] == 0.5
        and gaps["missing_before"] == 0
    )


def test_a_moderate_shift_is_called_a_shift() -> None:
    rng = np.random.default_rng(0)
    result = drift(
        pd.DataFrame({"a": rng.normal(size=5000)}),
        pd.DataFrame({"a": rng.normal(0.4, 1, size=5000)}),
    )
    assert (
        result.features["level"].tolist() == ["shifted"]
        and 0.1 < result.features["index"].item() < 0.25
    )


# Keeping


@pytest.mark.slow
def test_a_kept_model_gives_the_same_risks(
    churn: Churn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    kept = save_model(churn, made="2024-05-01")
    workspace = open_workspace(name="models")
    try:
        workspace.save(
            "churn",
            "telco",
            kept.meta,
            {"reference": kept.reference},
            {"model": kept.model},
        )
        saved = workspace.saved_one("churn", "telco")
        result = open_model(
            saved.binary("model"), saved.payload, saved.frame("reference")
        )
    finally:
        close_workspaces()
    new = made(80, seed=4)
    assert (
        result.apply(new[new.columns[::-1]])["risk"].tolist()
        == churn.apply(new)["risk"].tolist()
    )
    assert (
        result.meta["made"] == "2024-05-01"
        and result.meta["scores"]["auc"] == churn.summary()["auc"]
        and result.meta["fingerprint"] == fingerprint_of(churn.training)
    )
    assert "customer" not in result.reference.columns
    assert result.drift(new).level == "stable" and result.drift(
        new.drop(columns="fee")
    ).missing == ("fee",)
    assert (
        drift_from_training(
            churn.model, kept.reference, new.assign(fee=500.0)
        ).score["level"]
        == "different"
    )
    pd.testing.assert_frame_equal(
        reasons_for(result.model, new, result.reference, rows=3),
        reasons_for(churn.model, new, churn.training, rows=3),
    )


@pytest.mark.parametrize("name", every(3, NAMES))
def test_every_kind_of_model_can_be_kept(
    models: dict[str, RiskModel], churn: Churn, name: str
) -> None:
    kept = save_model(replace(churn, model=models[name]))
    result = open_model(
        kept.model, json.loads(json.dumps(kept.meta)), kept.reference
    )
    assert (
        result.model.predict(PREPARED).tolist()
        == models[name].predict(PREPARED).tolist()
    )


class Stranger:
    def __init__(self) -> None:
        self.what = "else"


def _changed(kept: Any, content: Any) -> Any:
    import hashlib

    return (
        content,
        {**kept.meta, "digest": hashlib.sha256(content).hexdigest()},
        kept.reference,
    )


def test_what_is_no_model_of_ours_is_refused(churn: Churn) -> None:
    import pickle

    from skops import io

    kept = save_model(churn)
    with pytest.raises(AnalysisError, match="Stranger"):
        open_model(
            *_changed(
                kept,
                io.dumps(
                    {
                        "pipeline": Stranger(),
                        "calibrator": churn.model.calibrator,
                    }
                ),
            )
        )
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(kept.model[:-10] + b"0123456789", kept.meta, kept.reference)
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(*_changed(kept, pickle.dumps({"pipeline": 1})))
    with pytest.raises(AnalysisError, match="not a churn model"):
        open_model(kept.model, {**kept.meta, "version": 99}, kept.reference)
    with pytest.raises(AnalysisError, match="not a churn model"):
        open_model(*_changed(kept, io.dumps([1, 2])))
    with pytest.raises(AnalysisError, match="other risks"):
        open_model(
            kept.model,
            {**kept.meta, "check": [0.5] * len(kept.meta["check"])},
            kept.reference,
        )


def test_a_tree_that_leads_astray_is_refused(
    models: dict[str, RiskModel], churn: Churn
) -> None:
    from skops import io

    model = models["tree"]
    kept = save_model(replace(churn, model=model))
    pipeline = io.loads(
        kept.model, trusted=io.get_untrusted_types(data=kept.model)
    )["pipeline"]
    pipeline["model"].tree_.children_left[0] = 1_000_000
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(
            *_changed(
                kept,
                io.dumps({"pipeline": pipeline, "calibrator": model.calibrator}),
            )
        )


def test_a_tree_under_another_methods_name_is_refused(
    models: dict, churn: Churn
) -> None:
    """Whatever the name says, no tree is followed that was not looked at."""
    saved = save_model(replace(churn, model=models["tree"]))
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(saved.model, {**saved.meta, "name": "logistic"}, saved.reference)
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(
            saved.model, {**saved.meta, "name": "unheard of"}, saved.reference
        )


@pytest.mark.parametrize("name", ["naive_bayes", "stack"])
def test_a_model_saved_before_its_classes_moved_is_opened(
    models: dict, churn: Churn, name: str
) -> None:
    saved = save_model(replace(churn, model=models[name]))
    before = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved.model)) as now,
        zipfile.ZipFile(before, "w") as archive,
    ):
        for part in now.namelist():
            content = now.read(part)
            if part == "schema.json":
                content = content.replace(
                    b"churn.models.calibration", b"churn.calibration"
                )
                content = content.replace(
                    b"churn.models.encoding", b"churn.encoding"
                )
                content = content.replace(b"churn.models.fitting", b"churn.models")
            archive.writestr(part, content)
    assert b"churn.calibration" in before.getvalue()
    opened = open_model(*_changed(saved, before.getvalue()))
    assert (
        opened.model.predict(PREPARED).tolist()
        == models[name].predict(PREPARED).tolist()
    )


def test_fingerprints_tell_tables_apart() -> None:
    assert (
        fingerprint_of(TABLE)
        == fingerprint_of(TABLE.copy())
        == fingerprint_of(TABLE.astype({"contract": "category"}))
    )
    assert fingerprint_of(TABLE) != fingerprint_of(
        TABLE.iloc[::-1]
    ) and fingerprint_of(TABLE) != fingerprint_of(
        TABLE.assign(age=TABLE["age"] + 1)
    )


@pytest.mark.slow
def test_telco_from_risk_to_list(real_data: Path) -> None:
    table = pd.read_csv(
        real_data / "telco_churn" / "Telco-Customer-Churn.csv"
    ).rename(columns={"customerID": "customer"})
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    result = predict_churn(table, ChurnOptions(model="logistic", draws=20))
    scored = result.customers.merge(table.drop(columns="Churn"), on="customer")
    plan = plan_campaign(
        scored,
        MoneyOptions(value_column="MonthlyCharges", margin=1.0, incentive=5),
    )
    summary = plan.summary()
    # Risks are honest: what the list would have earned is near what was expected of it, and each
    # one's own value is worth knowing.
    assert (
        summary["profit_lo"] < summary["profit"] < summary["profit_hi"]
        and summary["profit"] > summary["profit_by_risk"]
    )
    listed = list_to_contact(
        scored, plan.options.replace(count=100), reasons=result.reasons
    )
    assert listed.summary()["contact"] == 100 and listed.already_churned == 1869
    why = listed.reasons[listed.reasons["rank"] == 1]
    assert (
        why["feature"]
        .isin(
            [
                "Contract",
                "tenure",
                "InternetService",
                "MonthlyCharges",
                "TotalCharges",
            ]
        )
        .mean()
        > 0.9
    )
