"""A churn model as bytes that can be kept, opened again and applied; never a pickle.

The fitted pipeline goes through skops, which opens only the types named in `TRUSTED` (and scikit-learn's own): a file that holds anything
else is refused unopened. Everything else is plain JSON and one frame.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import Feature
from crm_analysis.analyses.churn.models.drift import Drift, drift
from crm_analysis.analyses.churn.models.estimators import Stack
from crm_analysis.analyses.churn.models.risk_model import RiskModel
from crm_analysis.errors import AnalysisError

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["TRUSTED", "Kept", "KeptModel", "drift_of", "fingerprint_of", "keep_model", "open_model"]

_VERSION = 1
_REFERENCE_ROWS = 20_000
_CHECKED = 50
_CLOSE = 1e-6
RISK = "risk"

# What a kept model may consist of besides scikit-learn's and numpy's own types.
TRUSTED = (
    "crm_analysis.analyses.churn.models.calibration.Calibrator",
    "crm_analysis.analyses.churn.models.encoding.Encoder",
    "crm_analysis.analyses.churn.models.encoding._Part",
    "crm_analysis.analyses.churn.models.estimators.Stack",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
)


@dataclass(frozen=True, eq=False)
class Kept:
    """A model to store: `model` (bytes), `meta` (plain JSON values), `reference` (a frame: features of training customers, without who they
    are, and risk; what drift and reasons compare with).
    """

    model: bytes
    meta: dict[str, Any]
    reference: pd.DataFrame


@dataclass(frozen=True, eq=False)
class KeptModel:
    """A kept model opened again. `model` predicts; `meta`: version, name, target, positive, made (ISO date), fingerprint (of the training data), options,
    features (name, kind, origin), scores (the summary at the time), customers, versions (of the libraries), digest, check.
    """

    model: RiskModel
    meta: dict[str, Any]
    reference: pd.DataFrame

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """As `Churn.apply`: `new` with a column risk. Columns may stand in any order. AnalysisError `churn.missing_columns`."""
        risk = self.model.predict(self.model.prepare(new))
        found = new.drop(columns=[RISK], errors="ignore").copy(deep=False)
        found.insert(
            found.columns.get_loc("customer") + 1 if "customer" in found.columns else 0, RISK, risk
        )
        return found

    def drift(self, new: pd.DataFrame) -> Drift:
        """How far `new` is from the training data: columns as the model reads them, and the risks. Missing columns are named, not an error."""
        return drift_of(self.model, self.reference, new)


def drift_of(model: RiskModel, reference: pd.DataFrame, new: pd.DataFrame) -> Drift:
    """`drift` of a table a model is applied to. `reference`: prepared features of the training rows, and risk (out of fold)."""
    names = [one.name for one in model.features]
    there = tuple(one for one in model.features if one.name in new.columns)
    features = RiskModel(model.name, there, model.pipeline, model.calibrator).prepare(new)
    known = "risk" in reference.columns and len(there) == len(names) and len(new) > 0
    others = {name: new[name] for name in new.columns if name not in names}
    return drift(
        reference[names],
        features.assign(
            **{
                str(name): column
                for name, column in others.items()
                if str(name) not in ("customer", "cutoff", "churned")
            }
        ),
        risk_before=reference["risk"].to_numpy(dtype=float) if known else None,
        risk_now=model.predict(features) if known else None,
    )


def keep_model(churn: Churn, *, made: str | None = None) -> Kept:
    """The model of a result, to store. `made`: the day (ISO) it was made, today unless given."""
    import sklearn
    from skops import io

    model = churn.model
    names = [one.name for one in model.features]
    content = io.dumps(
        {"pipeline": model.pipeline, "calibrator": model.calibrator},
        compression=zipfile.ZIP_DEFLATED,
    )
    reference = churn.training[names].assign(risk=churn.out_of_fold["risk"].to_numpy(dtype=float))
    if len(reference) > _REFERENCE_ROWS:
        reference = reference.sample(_REFERENCE_ROWS, random_state=churn.options.seed)
    reference = reference.reset_index(drop=True)
    meta = {
        "version": _VERSION,
        "name": model.name,
        "target": churn.target,
        "positive": churn.positive,
        "made": made or datetime.now(UTC).date().isoformat(),
        "fingerprint": fingerprint_of(churn.training),
        "customers": len(churn.training),
        "options": churn.options.to_dict(),
        "features": [asdict(one) for one in model.features],
        "scores": {
            name: None if value is None or not np.isfinite(value) else float(value)
            for name, value in churn.summary().items()
        },
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "digest": hashlib.sha256(content).hexdigest(),
        "check": [float(value) for value in model.predict(reference[names].head(_CHECKED))],
    }
    return Kept(content, json.loads(json.dumps(meta, ensure_ascii=False)), reference)


def open_model(content: bytes, meta: Mapping[str, Any], reference: pd.DataFrame) -> KeptModel:
    """A model from what `keep_model` gave.

    Raises
    ------
    AnalysisError
        `retention.not_saved_here` for what is no kept model of this version, `retention.damaged` where the bytes are not those that were stored,
        `retention.unknown_types` (types) where they hold anything but what a model consists of, `retention.predicts_otherwise` where, with the
        libraries of today, it gives other risks than when it was kept.
    """
    from skops import io

    if meta.get("version") != _VERSION or not {"features", "digest", "check", "name"} <= set(meta):
        raise AnalysisError("retention.not_saved_here")
    if hashlib.sha256(content).hexdigest() != meta["digest"]:
        raise AnalysisError("retention.damaged")
    try:
        strangers = sorted(set(io.get_untrusted_types(data=content)) - set(TRUSTED))
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        raise AnalysisError("retention.damaged") from None
    if strangers:
        raise AnalysisError("retention.unknown_types", types=strangers)
    parts = io.loads(content, trusted=list(TRUSTED))
    if not isinstance(parts, dict) or set(parts) != {"pipeline", "calibrator"}:
        raise AnalysisError("retention.not_saved_here")
    if not _sound(parts["pipeline"]):
        raise AnalysisError("retention.damaged")
    features = tuple(Feature(**one) for one in meta["features"])
    model = RiskModel(meta["name"], features, parts["pipeline"], parts["calibrator"])
    risk = model.predict(reference[[one.name for one in features]].head(_CHECKED))
    if len(risk) != len(meta["check"]) or not np.allclose(risk, meta["check"], rtol=0, atol=_CLOSE):
        raise AnalysisError("retention.predicts_otherwise")
    return KeptModel(model, dict(meta), reference)


def _sound(pipeline: Any) -> bool:
    """Whether every tree leads from its root down to leaves: scikit-learn follows a tree's numbers unchecked, so they are checked here."""
    if isinstance(pipeline, Stack):
        return all(_sound(member) for member in pipeline.members)
    model = pipeline["model"]
    width = len(pipeline["encode"].columns_)
    kind = type(model).__name__
    if kind in ("DecisionTreeClassifier", "RandomForestClassifier"):
        trees = [one.tree_ for one in getattr(model, "estimators_", [model])]
        return all(
            _leads_down(
                tree.children_left, tree.children_right, tree.feature, tree.children_left < 0, width
            )
            for tree in trees
        )
    if kind == "HistGradientBoostingClassifier":
        nodes = [one.nodes for stage in model._predictors for one in stage]
        return all(
            _leads_down(
                one["left"], one["right"], one["feature_idx"], one["is_leaf"].astype(bool), width
            )
            for one in nodes
        )
    return True


def _leads_down(
    low: np.ndarray, high: np.ndarray, feature: np.ndarray, leaf: np.ndarray, width: int
) -> bool:
    place, inner = np.arange(len(leaf)), ~leaf
    down = [
        (child[inner].astype(np.int64) > place[inner]) & (child[inner] < len(leaf))
        for child in (low, high)
    ]
    return bool(
        down[0].all() and down[1].all() and ((feature[inner] >= 0) & (feature[inner] < width)).all()
    )


def fingerprint_of(table: pd.DataFrame) -> str:
    """A short text that is the same for the same columns and rows in the same order, whatever their storage."""
    digest = hashlib.sha256(
        json.dumps([str(name) for name in table.columns], ensure_ascii=False).encode()
    )
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(object)
        plain = (
            column
            if pd.api.types.is_numeric_dtype(column)
            and not pd.api.types.is_extension_array_dtype(column.dtype)
            else column.map(str, na_action="ignore").astype(object)
        )
        digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
