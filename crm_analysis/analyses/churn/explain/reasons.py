"""Why a customer is at risk: what each of their columns adds to the risk, in percentage points.

Each score (log-odds, or the distance from a margin) is divided among the columns by Shapley values: in closed form where it is a
weighted sum (Štrumbelj & Kononenko, Knowledge and Information Systems 41, 2014), by the trees themselves where it is a sum of trees
(Lundberg et al., Nature Machine Intelligence 2, 2020), and otherwise by drawing orders of the columns, each with its reverse (Mitchell, Cooper,
Frank & Holmes, JMLR 23, 2022) on a limited number of customers. What a category's levels and the sign of a gap contribute is summed
back to the reader's own column. From the score to the risk the contributions are stretched by the slope of the line between the base and the
customer, which is what the integral along that line gives each of them (Aumann & Shapley 1974; Sundararajan, Taly & Yan 2017). So
base + Σ points = risk, exactly, for every customer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.explain.customer_rows import features_at, locate
from crm_analysis.analyses.churn.models.calibration import Calibrator, logit
from crm_analysis.analyses.churn.models.estimators import Stack, log_odds
from crm_analysis.analyses.churn.models.risk_model import RiskModel
from crm_analysis.jobs import Progress, no_progress

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.result import Churn

__all__ = [
    "COLUMNS",
    "LIMITS",
    "Explained",
    "explain_risk",
    "reasons_for",
    "reasons_of",
    "rows_explained",
    "strongest_reasons",
]

COLUMNS = [
    "customer",
    "rank",
    "feature",
    "kind",
    "value",
    "number",
    "points",
    "direction",
    "base",
    "risk",
]
LIMITS = {
    "kernel": 200,
    "sampled": 2000,
    "forest": 400,
    "trees": 20_000,
    "closed": 200_000,
}  # customers for whom it takes some seconds
_BACKGROUND = 40
_ORDERS = 5
_CHUNK = 20_000
_NEAR = 1e-3


@dataclass(frozen=True, eq=False)
class Explained:
    """`points`: a row a customer, a column a feature, in percentage points of risk; `base` (the risk where all columns say what they say of
    the average customer) and `risk` are from 0 to 1; 100·base + Σ points = 100·risk. `exact`: not drawn at random.
    """

    points: pd.DataFrame
    base: np.ndarray
    risk: np.ndarray
    exact: bool


def explain_risk(
    model: RiskModel, features: pd.DataFrame, background: pd.DataFrame, *, seed: int = 0
) -> Explained:
    """What each feature adds to each customer's risk.

    `features`: prepared features of the customers to explain; `background`: those of customers to compare with (the training rows).
    """
    names = [one.name for one in model.features]
    features, background = features[names], background[names]
    with threadpool_limits(1):
        shares, base, exact = _shares(model.pipeline, features, background, seed)
    points, start, risk = _through(model.calibrator, shares, base, model.scores(features))
    return Explained(
        pd.DataFrame(100 * points, columns=names, index=features.index),
        np.full(len(features), start),
        risk,
        exact,
    )


def strongest_reasons(
    explained: Explained,
    features: pd.DataFrame,
    customers: Iterable[object],
    kinds: dict[str, str] | None = None,
    count: int = 3,
    *,
    raising: bool = False,
) -> pd.DataFrame:
    """The `count` strongest reasons of each customer, a row a reason; `raising`: of those only that raise the risk.

    Out: customer, rank, feature, kind ("number", "days", "yes", "no", "category", "missing": which phrase says it), value (text; "" where missing),
    number (NaN for categories), points (percentage points, up or down), direction ("up", "down"), base and risk (0 to 1). What adds nothing is no
    reason. `kinds`: the kind of each feature, as `Feature.kind`.
    """
    values = explained.points.to_numpy()
    names = explained.points.columns.to_numpy(dtype=object)
    count = min(count, values.shape[1])
    order = np.argsort(-(values if raising else np.abs(values)), axis=1, kind="stable")[:, :count]
    rows = np.repeat(np.arange(len(values)), count)
    found = pd.DataFrame(
        {
            "customer": pd.Series(list(customers))[rows].to_numpy(),
            "rank": np.tile(np.arange(1, count + 1), len(values)),
            "feature": names[order.ravel()],
            "points": np.take_along_axis(values, order, axis=1).ravel(),
            "base": explained.base[rows],
            "risk": explained.risk[rows],
        }
    )
    cells = pd.DataFrame(
        {"kind": "missing", "value": "", "number": np.nan}, index=found.index
    ).astype({"kind": object, "value": object})
    for at, name in enumerate(names):
        here = np.flatnonzero(order.ravel() == at)
        if len(here):
            told = _told(features[name].iloc[rows[here]], (kinds or {}).get(name, ""))
            for column in ("kind", "value", "number"):
                cells.loc[here, column] = told[column].to_numpy()
    found = found.assign(
        **{column: cells[column] for column in cells},
        direction=np.where(found["points"] > 0, "up", "down"),
    )
    size = found["points"] if raising else found["points"].abs()
    return found.loc[size > 1e-9, COLUMNS].reset_index(drop=True)


def reasons_of(
    churn: Churn,
    customers: Iterable[object] | None = None,
    *,
    count: int = 3,
    rows: int | None = None,
    raising: bool = False,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """The strongest reasons of the customers that a model was learnt from: `strongest_reasons`' columns.

    Each customer is explained by the model that had not seen them, so base + Σ points is the out-of-fold risk that the result shows; who has no
    outcome yet, by the model itself. `customers`: only these; else the `rows` likeliest to leave (None: as many as `rows_explained` says), those
    who are still customers first. `raising`: only reasons that raise the risk.
    """
    table = churn.customers
    wanted = (
        np.flatnonzero(table["customer"].isin(list(customers)).to_numpy())
        if customers is not None
        else _riskiest(churn, rows)
    )
    names = [one.name for one in churn.model.features]
    fold, place = locate(churn, table.iloc[wanted])
    parts = []
    told = np.unique(fold)
    for done, at in enumerate(told):
        progress(done / len(told), "retention.step.reasons")
        here = fold == at
        model = churn.model if at < 0 else churn.fold_models[at]
        others = churn.training.loc[(churn.out_of_fold["fold"] != at).to_numpy(), names]
        parts.append(
            _explained(
                model,
                features_at(churn, at, place[here]),
                others,
                table["customer"].iloc[wanted[here]],
                count,
                churn.options.seed,
                raising,
            )
        )
    return _joined(parts, table["customer"].iloc[wanted])


def reasons_for(
    model: RiskModel,
    new: pd.DataFrame,
    background: pd.DataFrame,
    *,
    count: int = 3,
    rows: int | None = None,
    raising: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """The strongest reasons of customers a model is applied to: `strongest_reasons`' columns, for the `rows` likeliest to leave.

    `background`: prepared features to compare with: `Churn.training`, or the `reference` of a kept model. `raising`: only reasons that raise the risk.
    """
    features = model.prepare(new)
    wanted = np.argsort(-model.predict(features), kind="stable")[
        : rows_explained(model) if rows is None else rows
    ]
    who = new["customer"].iloc[wanted] if "customer" in new.columns else pd.Series(wanted)
    return _joined(
        [_explained(model, features.iloc[wanted], background, who, count, seed, raising)], who
    )


def rows_explained(model: RiskModel) -> int:
    """For how many customers reasons are worked out unasked: as many as take some seconds with this kind of model."""
    return LIMITS[_cost(model.pipeline)]


def _cost(pipeline: Any) -> str:
    if isinstance(pipeline, Stack):
        costs = [_cost(member) for member in pipeline.members]
        return next(name for name in LIMITS if name in costs)
    kind = type(pipeline["model"]).__name__
    known = {
        "RandomForestClassifier": "forest",
        "DecisionTreeClassifier": "trees",
        "HistGradientBoostingClassifier": "trees",
        "XGBClassifier": "trees",
    }
    return known.get(kind) or (
        "closed"
        if _weights(pipeline["model"]) is not None
        else "sampled"
        if kind == "MLPClassifier"
        else "kernel"
    )


def _riskiest(churn: Churn, rows: int | None) -> np.ndarray:
    table = churn.customers
    order = np.lexsort((-table["risk"].to_numpy(), ~table["actionable"].to_numpy(dtype=bool)))
    return order[: rows_explained(churn.model) if rows is None else rows]


def _explained(
    model: RiskModel,
    features: pd.DataFrame,
    background: pd.DataFrame,
    customers: pd.Series,
    count: int,
    seed: int,
    raising: bool,
) -> pd.DataFrame:
    kinds = {one.name: one.kind for one in model.features}
    parts = []
    for start in range(0, len(features), _CHUNK):
        some = features.iloc[start : start + _CHUNK]
        parts.append(
            strongest_reasons(
                explain_risk(model, some, background, seed=seed),
                some,
                customers.iloc[start : start + _CHUNK],
                kinds,
                count,
                raising=raising,
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _joined(parts: list[pd.DataFrame], customers: pd.Series) -> pd.DataFrame:
    """The parts as one table, customers in the order given."""
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    found = pd.concat(parts, ignore_index=True)
    place = pd.Series(np.arange(len(customers)), index=customers.to_numpy())
    place = place[~place.index.duplicated()]
    return found.iloc[
        np.lexsort((found["rank"].to_numpy(), found["customer"].map(place).to_numpy()))
    ].reset_index(drop=True)


def _told(column: pd.Series, kind: str) -> pd.DataFrame:
    """The cells of a column as a reader would say them: kind, value, number."""
    gone = column.isna().to_numpy()
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = column.astype(object).map(str, na_action="ignore")
        return pd.DataFrame(
            {
                "kind": np.where(gone, "missing", "category"),
                "value": np.where(gone, "", texts),
                "number": np.nan,
            }
        )
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    said = np.full(len(numbers), "days" if kind == "date" else "number", dtype=object)
    if kind == "flag":
        said[numbers == 1], said[numbers == 0] = "yes", "no"
    said[gone] = "missing"
    return pd.DataFrame(
        {
            "kind": said,
            "value": [
                "" if lost else f"{number:.6g}" for number, lost in zip(numbers, gone, strict=True)
            ],
            "number": numbers,
        }
    )


def _through(
    link: Callable[[np.ndarray], np.ndarray], shares: np.ndarray, base: float, score: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Contributions to a score as contributions to `link` of it: stretched by the slope of the chord from the base to each row's score."""
    start, end = float(link(np.array([base]))[0]), link(score)
    whole = shares.sum(axis=1)
    near = np.abs(whole) < _NEAR  # contributions that cancel out: the chord becomes the tangent
    tangent = float(np.diff(link(np.array([base - _NEAR, base + _NEAR])))[0]) / (2 * _NEAR)
    slope = np.where(near, tangent, (end - start) / np.where(near, 1.0, whole))
    rest = end - start - slope * whole  # what the tangent misses
    points = shares * slope[:, None]
    weight = np.abs(shares) + 1e-300
    return points + rest[:, None] * weight / weight.sum(axis=1, keepdims=True), start, end


def _shares(
    pipeline: Any, features: pd.DataFrame, background: pd.DataFrame, seed: int
) -> tuple[np.ndarray, float, bool]:
    """What each feature adds to the model's score, the score without any of them, and whether that is exact."""
    if isinstance(pipeline, Stack):
        parts, bases, exact = [], [], True
        for member, calibrator in zip(pipeline.members, pipeline.calibrators, strict=True):
            shares, base, sure = _shares(member, features, background, seed)
            shares, base, _ = _through(
                _odds_by(calibrator), shares, base, log_odds(member, features)
            )
            parts.append(shares)
            bases.append(base)
            exact &= sure
        return np.mean(parts, axis=0), float(np.mean(bases)), exact
    encoder, model = pipeline["encode"], pipeline["model"]
    owner = _owners(encoder, list(features.columns))
    matrix = encoder.transform(features)
    weights = _weights(model)
    if weights is not None:
        centre = encoder.transform(background).mean(axis=0, dtype=float)
        whole = (
            log_odds({"encode": _AsIs(), "model": model}, centre[None, :])
            if hasattr(model, "decision_function")
            else None
        )
        base = (
            float(whole[0])
            if whole is not None
            else _naive_intercept(model) + float(weights @ centre)
        )
        return ((matrix - centre) * weights) @ owner, base, True
    kind = type(model).__name__
    if kind == "XGBClassifier":
        from xgboost import DMatrix

        found = model.get_booster().predict(DMatrix(matrix), pred_contribs=True).astype(float)
        return found[:, :-1] @ owner, float(found[0, -1]), True
    if kind in (
        "RandomForestClassifier",
        "DecisionTreeClassifier",
        "HistGradientBoostingClassifier",
    ):
        return _trees(model, matrix, owner)
    return _drawn(model, matrix, encoder.transform(background), owner, seed)


def _odds_by(calibrator: Calibrator) -> Callable[[np.ndarray], np.ndarray]:
    return lambda score: logit(calibrator(score))


def _owners(encoder: Any, names: list[str]) -> np.ndarray:
    """Which feature each column of the matrix belongs to, as a matrix of ones: columns × features."""
    place = {name: at for at, name in enumerate(names)}
    owner = np.zeros((len(encoder.columns_), len(names)))
    owner[np.arange(len(owner)), [place[name] for name, _ in encoder.columns_]] = 1.0
    return owner


def _weights(model: Any) -> np.ndarray | None:
    """The weights where the score is a weighted sum of the columns; None where it is not."""
    if type(model).__name__ in ("LogisticRegression", "LinearSVC"):
        return np.asarray(model.coef_, dtype=float)[0]
    if type(model).__name__ == "BernoulliNB":
        yes, no = model.feature_log_prob_, np.log1p(-np.exp(model.feature_log_prob_))
        return (yes[1] - no[1]) - (yes[0] - no[0])
    return None


def _naive_intercept(model: Any) -> float:
    no = np.log1p(-np.exp(model.feature_log_prob_)).sum(axis=1) + model.class_log_prior_
    return float(no[1] - no[0])


def _trees(model: Any, matrix: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """Trees that sum to log-odds as they are; those whose shares are averaged are divided as shares, then brought to log-odds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its plots warn of what matplotlib is going to change
        from shap import TreeExplainer

    explainer = TreeExplainer(model, feature_perturbation="tree_path_dependent")
    found = np.asarray(explainer.shap_values(matrix, check_additivity=False), dtype=float)
    base = np.asarray(explainer.expected_value, dtype=float).ravel()
    if found.ndim == 3:  # a slice a class
        found = found[:, :, 1]
    shares = found @ owner
    if type(model).__name__ == "HistGradientBoostingClassifier":
        return shares, float(base[-1]), True
    shares, start, _ = _through(
        lambda share: logit(share, 1e-3), shares, float(base[-1]), model.predict_proba(matrix)[:, 1]
    )
    return shares, start, True


class _AsIs:
    """An encoder of what is encoded already."""

    def transform(self, matrix: np.ndarray) -> np.ndarray:
        return matrix


def _drawn(
    model: Any, matrix: np.ndarray, background: np.ndarray, owner: np.ndarray, seed: int
) -> tuple[np.ndarray, float, bool]:
    """Shapley values of any model by orders drawn at random: columns of a customer replace those of the background one after another.

    All columns of the matrix that belong to one feature go together; every order is walked both ways. The sum is exact, its parts are estimates.
    """
    rng = np.random.default_rng(seed)
    if len(background) > _BACKGROUND:
        background = background[np.sort(rng.choice(len(background), _BACKGROUND, replace=False))]
    pipeline = {"encode": _AsIs(), "model": model}
    count = owner.shape[1]
    base = float(log_odds(pipeline, background).mean())
    orders = [
        order
        for _ in range(_ORDERS)
        for order in (lambda one: (one, one[::-1]))(rng.permutation(count))
    ]
    steps = np.stack(
        [
            np.vstack([np.zeros(count), np.tril(np.ones((count, count)))[:, np.argsort(order)]])
            for order in orders
        ]
    )  # order × step × feature
    masks = (steps.reshape(-1, count) @ owner.T) > 0
    shares = np.zeros((len(matrix), count))
    for at, row in enumerate(matrix):
        mixed = np.where(masks[:, None, :], row, background).reshape(-1, matrix.shape[1])
        scores = (
            log_odds(pipeline, mixed).reshape(len(orders), count + 1, len(background)).mean(axis=2)
        )
        for order, score in zip(orders, scores, strict=True):
            shares[at, order] += np.diff(score)
    return shares / len(orders), base, False
