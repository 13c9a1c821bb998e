"""A churn model as bytes that can be saved, opened again and applied; never a pickle.

The fitted pipeline goes through skops, which opens only the types named in `TRUSTED` (and
scikit-learn's own): a file that holds anything else is refused unopened. Everything else is plain
JSON and one frame.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import KEYS, Feature
from crm_analysis.analyses.churn.models.drift import Drift, drift
from crm_analysis.analyses.churn.models.fitting import RiskModel, Stack
from crm_analysis.analyses.churn.models.method import Nodes, Setup
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.errors import AnalysisError

_VERSION = 1
_REFERENCE_ROWS = 20_000
_CHECKED_ROWS = 50
_TOLERANCE = 1e-6

# What a saved model may consist of besides scikit-learn's and numpy's own types.
TRUSTED = (
    "crm_analysis.analyses.churn.models.calibration.Calibrator",
    "crm_analysis.analyses.churn.models.encoding.Encoder",
    "crm_analysis.analyses.churn.models.encoding._Part",
    "crm_analysis.analyses.churn.models.fitting.Stack",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
)
# Where these were when older files were saved.
_MOVED = {
    "crm_analysis.analyses.churn.calibration": "crm_analysis.analyses.churn.models.calibration",
    "crm_analysis.analyses.churn.encoding": "crm_analysis.analyses.churn.models.encoding",
    "crm_analysis.analyses.churn.models": "crm_analysis.analyses.churn.models.fitting",
}


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model to store.

    - `model`: bytes.
    - `meta`: plain JSON values, see `SavedModel`.
    - `reference`: what drift and reasons compare with: the features of training customers, without
      who they are.
        - the features : as models read them
        - `risk` : out of fold (0 to 1)
    """

    model: bytes
    meta: dict[str, Any]
    reference: pd.DataFrame


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A saved model opened again.

    - `model`: predicts.
    - `meta`: version, name, target, positive, made (ISO date), fingerprint (of the training data),
      options, features (name, kind, origin), scores (the summary at the time), customers, versions
      (of the libraries), digest, check.
    - `reference`: as in `ModelFile`.
    """

    model: RiskModel
    meta: dict[str, Any]
    reference: pd.DataFrame

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """As `Churn.apply`: `new` with a column risk. AnalysisError `churn.missing_columns`."""
        return self.model.apply(new)

    def drift(self, new: pd.DataFrame) -> Drift:
        """How far `new` is from the training data: columns as the model reads them, and the risks.

        Missing columns are named, not an error.
        """
        return drift_from_training(self.model, self.reference, new)


def drift_from_training(
    model: RiskModel, reference: pd.DataFrame, new: pd.DataFrame
) -> Drift:
    """`drift` of a table a model is applied to.

    `reference`: prepared features of the training rows, and risk (out of fold).
    """
    columns = model.columns
    present = tuple(
        feature for feature in model.features if feature.name in new.columns
    )
    prepared = RiskModel(
        model.name, present, model.pipeline, model.calibrator
    ).prepare(new)
    others = {
        str(name): new[name]
        for name in new.columns
        if name not in columns and str(name) not in KEYS
    }
    compare_risks = (
        "risk" in reference.columns
        and len(present) == len(columns)
        and len(new) > 0
    )
    return drift(
        reference[columns],
        prepared.assign(**others),
        risk_before=reference["risk"].to_numpy(dtype=float)
        if compare_risks
        else None,
        risk_now=model.predict(prepared) if compare_risks else None,
    )


def save_model(churn: Churn, *, made: str | None = None) -> ModelFile:
    """The model of a result, to store.

    Parameters
    ----------
    churn
        The result.
    made
        The day (ISO) it was made; today unless given.

    Returns
    -------
    ModelFile
        `.model` (bytes), `.meta` (plain JSON values) and `.reference` (a frame): store all three.

    See Also
    --------
    open_model : The way back.

    Examples
    --------
    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> saved = save_model(churn, made="2024-05-01")
    >>> saved.meta["name"], saved.meta["made"], saved.meta["customers"]
    ('logistic', '2024-05-01', 120)
    """
    import sklearn
    from skops.io import dumps

    model = churn.model
    content = dumps(
        {"pipeline": model.pipeline, "calibrator": model.calibrator},
        compression=zipfile.ZIP_DEFLATED,
    )
    reference = churn.training[model.columns].assign(
        risk=churn.out_of_fold["risk"].to_numpy(dtype=float)
    )
    if len(reference) > _REFERENCE_ROWS:
        reference = reference.sample(
            _REFERENCE_ROWS, random_state=churn.options.seed
        )
    reference = reference.reset_index(drop=True)
    checked = model.predict(reference[model.columns].head(_CHECKED_ROWS))
    meta = {
        "version": _VERSION,
        "name": model.name,
        "target": churn.target,
        "positive": churn.positive,
        "made": made or datetime.now(UTC).date().isoformat(),
        "fingerprint": fingerprint_of(churn.training),
        "customers": len(churn.training),
        "options": churn.options.to_dict(),
        "features": [asdict(feature) for feature in model.features],
        "scores": {
            name: None if value is None or not np.isfinite(value) else float(value)
            for name, value in churn.summary().items()
        },
        "versions": {
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "digest": hashlib.sha256(content).hexdigest(),
        "check": checked.tolist(),
    }
    return ModelFile(
        content, json.loads(json.dumps(meta, ensure_ascii=False)), reference
    )


def open_model(
    content: bytes, meta: Mapping[str, Any], reference: pd.DataFrame
) -> SavedModel:
    """A model from what `save_model` gave.

    Parameters
    ----------
    content
        The bytes, `ModelFile.model`.
    meta
        `ModelFile.meta`, as JSON gives it back.
    reference
        `ModelFile.reference`.

    Returns
    -------
    SavedModel
        `.apply(table)` gives risks, `.drift(table)` how far a table is from the training data.

    Raises
    ------
    AnalysisError
        `retention.not_saved_here` for what is no saved model of this version, `retention.damaged`
        where the bytes are not those that were stored, `retention.unknown_types` (types) where they
        hold anything but what a model consists of, `retention.predicts_otherwise` where, with the
        libraries of today, it gives other risks than when it was saved.

    Examples
    --------
    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> saved = save_model(churn)
    >>> opened = open_model(saved.model, saved.meta, saved.reference)
    >>> risk = opened.apply(customers[["customer", "contract"]])["risk"]
    >>> bool(risk[1] < 0.5 < risk[0])
    True
    """
    from skops.io import get_untrusted_types, loads

    if meta.get("version") != _VERSION or not {
        "features",
        "digest",
        "check",
        "name",
    } <= set(meta):
        raise AnalysisError("retention.not_saved_here")
    if hashlib.sha256(content).hexdigest() != meta["digest"]:
        raise AnalysisError("retention.damaged")
    try:
        content = _as_of_today(content)
        unknown = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED))
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        raise AnalysisError("retention.damaged") from None
    if unknown:
        raise AnalysisError("retention.unknown_types", types=unknown)
    parts = loads(content, trusted=list(TRUSTED))
    if not isinstance(parts, dict) or set(parts) != {"pipeline", "calibrator"}:
        raise AnalysisError("retention.not_saved_here")
    if not _is_sound(meta["name"], parts["pipeline"]):
        raise AnalysisError("retention.damaged")
    features = tuple(Feature(**feature) for feature in meta["features"])
    model = RiskModel(
        meta["name"], features, parts["pipeline"], parts["calibrator"]
    )
    risk = model.predict(reference[model.columns].head(_CHECKED_ROWS))
    expected = meta["check"]
    if len(risk) != len(expected) or not np.allclose(
        risk, expected, rtol=0, atol=_TOLERANCE
    ):
        raise AnalysisError("retention.predicts_otherwise")
    return SavedModel(model, dict(meta), reference)


def _as_of_today(content: bytes) -> bytes:
    """The same file with classes named where they are now; one saved since stays as it is."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = files["schema.json"].decode()
    for before, now in _MOVED.items():
        schema = schema.replace(f'"{before}"', f'"{now}"')
    if schema.encode() == files["schema.json"]:
        return content
    renamed = io.BytesIO()
    with zipfile.ZipFile(renamed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (files | {"schema.json": schema.encode()}).items():
            archive.writestr(name, part)
    return renamed.getvalue()


def _is_sound(name: str, pipeline: Any) -> bool:
    """Whether it is what the method builds, and every tree leads from its root down to leaves.

    scikit-learn follows a tree's numbers unchecked.
    """
    if isinstance(pipeline, Stack):
        members = zip(pipeline.names, pipeline.members, strict=True)
        return all(
            _is_sound(member_name, member) for member_name, member in members
        )
    if name not in METHODS:
        return False
    method, model = METHODS[name], pipeline["model"]
    setups = [
        Setup(method.settings(), rows, 1, False, churn_rate=0.5, seed=0)
        for rows in (1, 1_000_000)
    ]
    if _types(model) not in [_types(method.build(setup)) for setup in setups]:
        return False
    columns = len(pipeline["encode"].columns_)
    return method.nodes is None or all(
        _leads_down(nodes, columns) for nodes in method.nodes(model)
    )


def _types(estimator: Any) -> list[type]:
    return [
        type(step) for _, step in getattr(estimator, "steps", [("", estimator)])
    ]


def _leads_down(nodes: Nodes, columns: int) -> bool:
    inner = ~nodes.leaf
    own = np.arange(len(inner))[inner]
    for children in (nodes.low[inner], nodes.high[inner]):
        if not ((children.astype(np.int64) > own) & (children < len(inner))).all():
            return False
    column = nodes.column[inner]
    return bool(((column >= 0) & (column < columns)).all())


def fingerprint_of(table: pd.DataFrame) -> str:
    """A short text that is the same for the same columns and rows in the same order.

    However they are stored.
    """
    names = json.dumps([str(name) for name in table.columns], ensure_ascii=False)
    digest = hashlib.sha256(names.encode())
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(object)
        is_number = pd.api.types.is_numeric_dtype(column)
        if not is_number or pd.api.types.is_extension_array_dtype(column.dtype):
            column = column.map(str, na_action="ignore").astype(object)
        digest.update(
            pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()
        )
    return digest.hexdigest()[:16]
