"""How long customers stay: Kaplan-Meier curves by group, the months in which they leave, the lifetime that remains.

The curves and the test are statsmodels' (`statsmodels.duration`), which the product needs anyway: lifelines gives the same numbers,
and would bring autograd, formulaic and its own plots along for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.target import find_target
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

__all__ = ["Survival", "SurvivalOptions", "survival", "tenure_column"]


EVERYBODY = "all"
_FEW = 20  # customers: a curve of fewer says next to nothing
_TENURE = re.compile(
    r"^(tenure|seniority|lifetime|length_of_service|account_(length|age)|customer_age|months?_on_book|(months?|days|weeks|years)_(since_(join|first|signup)\w*|as_customer|active)"
    r"|(tenure|subscription|membership|contract)_(length|duration|months?|days|weeks|years)|vintage|duration_months)$|在网|入网|在线时长|客龄|会龄|司龄|任期|在册|合作(时长|年限|月数)|会员(时长|月数|年限)"
)


@dataclass(frozen=True, kw_only=True)
class SurvivalOptions(Options):
    """`tenure`: the column that says how long each customer has been (or was) one; None: found by its name. `by`: a column to
    compare by; numbers are cut at their quartiles, of categories the most frequent `groups` are shown and the rest put together.
    """

    tenure: str | None = None
    by: str | None = None
    groups: int = knob(6, low=2, high=12, advanced=True)
    coverage: float = knob(0.95, low=0.5, high=0.99, step=0.01, advanced=True)


@dataclass(frozen=True, eq=False)
class Survival:
    """How long customers stay. Times are in the units of the tenure column (`tenure`); a group is "all" without `by`.

    `curves`: group, time, survival, lo, hi, at_risk, churned, censored; from time 0 on, a row a time at which anybody left or is last seen.
    `groups`: group, customers, churners, median (NaN: fewer than half have left by the longest time seen), median_lo, median_hi,
    observed (longest time), mean (restricted to `horizon`, the longest time all groups are seen; the area under the curve).
    `hazard`: group, start, end, at_risk, churned, hazard (chance to leave in that span, of those still there at its start), lo, hi.
    `remaining`: group, tenure, remaining (median time a customer of that tenure still stays; NaN: beyond what is seen), kept (share of
    new customers who get that far). `test`: statistic, freedom, p of the log-rank test of equal curves, or None.
    """

    curves: pd.DataFrame
    groups: pd.DataFrame
    hazard: pd.DataFrame
    remaining: pd.DataFrame
    test: dict[str, float] | None
    tenure: str
    by: str | None
    horizon: float
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, churners, median, horizon, kept (share still there at the horizon, of the only group), p."""
        alone = len(self.groups) == 1
        first = self.groups.iloc[0]
        return {
            "customers": float(self.groups["customers"].sum()),
            "churners": float(self.groups["churners"].sum()),
            "median": float(first["median"]) if alone and not np.isnan(first["median"]) else None,
            "horizon": self.horizon,
            "kept": float(self.curves["survival"].iloc[-1]) if alone else None,
            "p": self.test["p"] if self.test else None,
        }


def tenure_column(customers: pd.DataFrame) -> str | None:
    """The column that says how long a customer has been one, by its name; None where none does.

    >>> tenure_column(pd.DataFrame({"customer": ["a"], "Months on book": [12]})), tenure_column(pd.DataFrame({"在网时长": [1], "年龄": [30]}))
    ('Months on book', '在网时长')
    """
    for name in customers.columns:
        plain = re.sub(r"[\W_]+", "_", str(name).strip().lower()).strip("_")
        if _TENURE.search(plain) and pd.api.types.is_numeric_dtype(customers[name]):
            return str(name)
    return None


def survival(customers: pd.DataFrame, options: SurvivalOptions | None = None) -> Survival:
    """Kaplan-Meier curves, hazards, remaining lifetimes and the log-rank test.

    `customers`: who left (`churned`, or as `find_target` finds it), the tenure column (how long, up to leaving or to today) and the column to compare by. Intervals of the curve
    are Greenwood's on the log-log scale (Kalbfleisch & Prentice 1980), those of the median where that band crosses a half (Brookmeyer &
    Crowley, Biometrics 38, 1982), those of the hazard Wilson's. Rows without a tenure, with one below zero, or without an outcome
    are left out, and a note counts them. Of examples at several cut-offs each customer's last with an outcome counts. AnalysisError without a tenure column, or where nobody has left.

    >>> customers = pd.DataFrame({"tenure": [1, 2, 2, 3, 4], "churned": [True, True, False, True, False]})
    >>> survival(customers).curves[["time", "survival", "at_risk"]].round(3).to_dict("list")
    {'time': [0.0, 1.0, 2.0, 3.0, 4.0], 'survival': [1.0, 0.8, 0.6, 0.3, 0.3], 'at_risk': [5, 5, 4, 2, 1]}
    """
    told = options or SurvivalOptions()
    if {"customer", "cutoff", "churned"} <= set(customers.columns):
        customers = (
            customers[customers["churned"].notna()]
            .sort_values("cutoff", kind="stable")
            .drop_duplicates("customer", keep="last")
        )
    outcome = find_target(customers).left
    tenure = told.tenure or tenure_column(customers)
    if tenure is None:
        raise AnalysisError("retention.no_tenure")
    for name in (tenure, told.by):
        if name is not None and name not in customers.columns:
            raise AnalysisError("retention.no_column", column=name)
    time = pd.to_numeric(customers[tenure], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(time) & (time >= 0) & np.isfinite(outcome)
    time = time[known]
    left = outcome[known].astype(bool)
    if not left.any():
        raise AnalysisError("retention.nobody_left")
    group, names, small = _grouped(customers[known], told)
    notes: list[Message] = []
    if not known.all():
        notes.append(
            Message("retention.note.no_tenure", {"count": int((~known).sum()), "column": tenure})
        )
    if small:
        notes.append(Message("retention.note.small_groups", {"groups": small, "least": _FEW}))
    lowest = 0 if (time == np.round(time)).all() else None
    longest = [float(time[group == at].max()) for at in range(len(names))]
    horizon = min(longest)
    edges = _edges(float(time.max()), lowest is not None)
    parts = [
        _curve(time[group == at], left[group == at], told.coverage) for at in range(len(names))
    ]
    lifetimes = [
        (
            name,
            int((group == at).sum()),
            int(left[group == at].sum()),
            *_median(part),
            longest[at],
            _area(part, horizon),
        )
        for at, (name, part) in enumerate(zip(names, parts, strict=True))
    ]
    columns = [
        "group",
        "customers",
        "churners",
        "median",
        "median_lo",
        "median_hi",
        "observed",
        "mean",
    ]
    return Survival(
        pd.concat(
            [
                part.assign(group=name)[["group", *part.columns]]
                for name, part in zip(names, parts, strict=True)
            ],
            ignore_index=True,
        ),
        pd.DataFrame(lifetimes, columns=columns),
        pd.concat(
            [
                _hazard(name, part, edges, told.coverage)
                for name, part in zip(names, parts, strict=True)
            ],
            ignore_index=True,
        ),
        pd.concat(
            [_remaining(name, part, edges) for name, part in zip(names, parts, strict=True)],
            ignore_index=True,
        ),
        _log_rank(time, left, group, len(names)),
        tenure,
        told.by,
        horizon,
        tuple(notes),
    )


def _grouped(
    customers: pd.DataFrame, options: SurvivalOptions
) -> tuple[np.ndarray, list[str], list[str]]:
    """The number of each customer's group, the groups' names, and the names of those with too few customers to say much."""
    if options.by is None:
        return np.zeros(len(customers), dtype=np.int64), [EVERYBODY], []
    column = customers[options.by]
    if (
        pd.api.types.is_numeric_dtype(column)
        and not pd.api.types.is_bool_dtype(column)
        and column.nunique() > options.groups
    ):
        cut = pd.qcut(column.astype(float), 4, duplicates="drop")
        texts = cut.map(
            {
                interval: f"{interval.left:.4g} – {interval.right:.4g}"
                for interval in cut.cat.categories
            }
        ).astype("object")
        order = [f"{interval.left:.4g} – {interval.right:.4g}" for interval in cut.cat.categories]
    else:
        texts = column.astype("object").map(str, na_action="ignore")
        frequent = [str(name) for name in texts.value_counts().index]
        order = (
            sorted(frequent[: options.groups])
            if len(frequent) <= options.groups
            else [*sorted(frequent[: options.groups - 1]), "…"]
        )
        texts = texts.where(texts.isna() | texts.isin(order), "…")
    texts = texts.where(texts.notna(), "–")
    counts = texts.value_counts()
    names = [name for name in [*order, "–"] if counts.get(name, 0)]
    return (
        texts.map({name: at for at, name in enumerate(names)}).to_numpy(dtype=np.int64),
        names,
        [name for name in names if counts[name] < _FEW],
    )


def _curve(time: np.ndarray, left: np.ndarray, coverage: float) -> pd.DataFrame:
    from statsmodels.duration.survfunc import SurvfuncRight

    times, codes = np.unique(time, return_inverse=True)
    ended = np.bincount(codes, left, minlength=len(times)).astype(np.int64)
    gone = np.bincount(codes, minlength=len(times))
    found = pd.DataFrame(
        {
            "time": times,
            "at_risk": len(time) - np.cumsum(gone) + gone,
            "churned": ended,
            "censored": gone - ended,
        }
    )
    share, error = np.ones(len(times)), np.zeros(len(times))
    if left.any():
        estimate = SurvfuncRight(time, left.astype(int))
        at = np.searchsorted(estimate.surv_times, times, side="right") - 1
        with np.errstate(invalid="ignore"):
            share = np.where(at >= 0, np.asarray(estimate.surv_prob)[at], 1.0)
            error = np.where(at >= 0, np.asarray(estimate.surv_prob_se)[at], 0.0)
    share = np.clip(share, 0.0, 1.0)
    inside = (share > 0) & (share < 1)
    reach = np.zeros(len(times))
    reach[inside] = (
        NormalDist().inv_cdf(0.5 + coverage / 2)
        * error[inside]
        / np.abs(share[inside] * np.log(share[inside]))
    )
    found["survival"] = share
    found["lo"], found["hi"] = share ** np.exp(reach), share ** np.exp(-reach)
    if times[0] > 0:
        start = pd.DataFrame(
            {
                "time": [0.0],
                "at_risk": [len(time)],
                "churned": [0],
                "censored": [0],
                "survival": [1.0],
                "lo": [1.0],
                "hi": [1.0],
            }
        )
        found = pd.concat([start, found], ignore_index=True)
    return found[["time", "survival", "lo", "hi", "at_risk", "churned", "censored"]]


def _first(curve: pd.DataFrame, name: str, level: float) -> float:
    """The first time at which a column of the curve is at most a level; NaN where it never is."""
    below = curve[name].to_numpy() <= level + 1e-12
    return float(curve["time"].to_numpy()[below.argmax()]) if below.any() else np.nan


def _median(curve: pd.DataFrame) -> tuple[float, float, float]:
    return _first(curve, "survival", 0.5), _first(curve, "lo", 0.5), _first(curve, "hi", 0.5)


def _area(curve: pd.DataFrame, until: float) -> float:
    """The area under the curve up to a time: the mean time a customer stays within it."""
    times = curve["time"].to_numpy()
    inside = times < until
    return float(
        (curve["survival"].to_numpy()[inside] * np.diff(np.append(times[inside], until))).sum()
    )


def _at(curve: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    return curve["survival"].to_numpy()[
        np.searchsorted(curve["time"].to_numpy(), times, side="right") - 1
    ]


def _edges(longest: float, whole: bool) -> np.ndarray:
    """Spans of time that a person can read: each unit where they are whole and at most 120, else 1, 2, 3, 6 or 12 … units, at most 60 of them."""
    if longest <= 0:
        return np.array([0.0, 1.0])
    steps = np.array([base * 10.0**power for power in range(-3, 9) for base in (1, 2, 3, 5, 6)])
    step = (
        1.0
        if whole and longest <= 120
        else float(
            np.sort(steps[(steps >= longest / 60) & ((steps >= 1) if whole else (steps > 0))])[0]
        )
    )
    return step * np.arange(int(np.ceil(longest / step - 1e-9)) + 1)


def _hazard(name: str, curve: pd.DataFrame, edges: np.ndarray, coverage: float) -> pd.DataFrame:
    """The chance to leave within each span, 1 − S(end)/S(start); it is the share that left where nobody is lost sight of in between."""
    times = curve["time"].to_numpy()
    gone = np.cumsum(curve["churned"].to_numpy())
    here = _at(curve, edges)
    last = np.searchsorted(times, edges, side="right") - 1
    at_risk = (curve["at_risk"] - curve["churned"] - curve["censored"]).to_numpy()[last[:-1]]
    some = at_risk > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(some, 1 - here[1:] / here[:-1], np.nan)
    low, high = wilson(np.clip(hazard, 0, 1) * at_risk, at_risk, coverage)
    frame = pd.DataFrame(
        {
            "group": name,
            "start": edges[:-1],
            "end": edges[1:],
            "at_risk": at_risk,
            "churned": np.diff(gone[last]),
            "hazard": hazard,
            "lo": np.maximum(low, 0),
            "hi": np.minimum(high, 1),
        }
    )
    return frame[some].reset_index(drop=True)


def _remaining(name: str, curve: pd.DataFrame, edges: np.ndarray) -> pd.DataFrame:
    """For customers of each tenure the time until half of them have left, from the same curve."""
    here = _at(curve, edges[:-1])
    known = (edges[:-1] <= curve["time"].iloc[-1]) & (here > 0)
    rows = [
        (name, start, _first(curve, "survival", kept / 2) - start, kept)
        for start, kept in zip(edges[:-1][known], here[known], strict=True)
    ]
    return pd.DataFrame(rows, columns=["group", "tenure", "remaining", "kept"])


def _log_rank(
    time: np.ndarray, left: np.ndarray, group: np.ndarray, groups: int
) -> dict[str, float] | None:
    from statsmodels.duration.survfunc import survdiff

    if groups < 2:
        return None
    statistic, p = survdiff(time, left.astype(int), group)
    return {"statistic": float(statistic), "freedom": float(groups - 1), "p": float(p)}
