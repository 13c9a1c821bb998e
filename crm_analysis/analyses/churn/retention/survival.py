"""How long customers stay: Kaplan-Meier curves by group, when they churn, the time that remains.

The curves and the test are statsmodels' (`statsmodels.duration`), which the product needs anyway:
lifelines gives the same numbers, and would bring autograd, formulaic and its own plots along for
them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import is_number
from crm_analysis.analyses.churn.data.target import find_target
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share

_EVERYBODY, _REST, _MISSING = "all", "…", "–"
_FEW = 20  # customers: a curve of fewer says next to nothing
_MAXIMUM_SPANS = 60
_TENURE = re.compile(
    r"^(tenure|seniority|lifetime|length_of_service|account_(length|age)|customer_age"
    r"|months?_on_book"
    r"|(months?|days|weeks|years)_(since_(join|first|signup)\w*|as_customer|active)"
    r"|(tenure|subscription|membership|contract)_(length|duration|months?|days|weeks|years)"
    r"|vintage|duration_months)$"
    r"|在网|入网|在线时长|客龄|会龄|司龄|任期|在册|合作(时长|年限|月数)|会员(时长|月数|年限)"
)


@dataclass(frozen=True, kw_only=True)
class SurvivalOptions(Options):
    """Of which tenure, and compared by what.

    - `tenure`: the column that says how long each customer has been (or was) one. None: found by
      its name.
    - `by`: a column to compare by; numbers are cut at their quartiles, of categories the most
      frequent `groups` are shown and the rest put together.
    - `coverage`: of the intervals.
    """

    tenure: str | None = None
    by: str | None = None
    groups: int = knob(6, low=2, high=12, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)


@dataclass(frozen=True, eq=False)
class Survival:
    """How long customers stay; times are in the units of the tenure column.

    - `curves`: a row a time at which anybody churned or is last seen, from time 0 on.
        - `group` : a value of `by`; "all" without
        - `time` : tenure
        - `survival`, `lo`, `hi` : share still there, with its interval
        - `at_risk`, `churned`, `censored` : customers there before, who churn, who are last seen
    - `groups`: a row a group.
        - `group`, `customers`, `churners` : name, counts
        - `median`, `median_lo`, `median_hi` : time by which half have churned; NaN: fewer than half
          have by the longest time seen
        - `observed` : longest time
        - `mean` : restricted to `horizon`, the area under the curve (time)
    - `hazard`: a row a span of time.
        - `group`, `start`, `end` : name, times
        - `at_risk`, `churned` : customers there at the start, who churn within
        - `hazard`, `lo`, `hi` : chance to churn within the span, with Wilson's interval
    - `remaining`: a row a tenure.
        - `group`, `tenure` : name, time
        - `remaining` : median time a customer of that tenure still stays; NaN: beyond what is seen
        - `survival` : share of new customers who get that far
    - `test`: statistic, freedom, p of the log-rank test of equal curves; None without groups.
    - `tenure`, `by`: the columns.
    - `horizon`: the longest time that all groups are seen.
    - `notes`: what to say of it.
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
        """Headline numbers: customers, churners, median, horizon, survival (at the horizon), p.

        Median and survival are said where there is one group.
        """
        median = float(self.groups["median"].iloc[0])
        single = len(self.groups) == 1
        return {
            "customers": float(self.groups["customers"].sum()),
            "churners": float(self.groups["churners"].sum()),
            "median": median if single and not np.isnan(median) else None,
            "horizon": self.horizon,
            "survival": float(self.curves["survival"].iloc[-1]) if single else None,
            "p": self.test["p"] if self.test else None,
        }


def tenure_column(customers: pd.DataFrame) -> str | None:
    """The column that says how long a customer has been one, by its name; None where none does.

    >>> tenure_column(pd.DataFrame({"customer": ["a"], "Months on book": [12]}))
    'Months on book'
    >>> tenure_column(pd.DataFrame({"在网时长": [1], "年龄": [30]}))
    '在网时长'
    """
    for name in customers.columns:
        words = re.sub(r"[\W_]+", "_", str(name).strip().lower()).strip("_")
        if _TENURE.search(words) and pd.api.types.is_numeric_dtype(customers[name]):
            return str(name)
    return None


def survival(
    customers: pd.DataFrame, options: SurvivalOptions | None = None
) -> Survival:
    """Kaplan-Meier curves, hazards, remaining lifetimes and the log-rank test.

    Intervals of the curve are Greenwood's on the log-log scale (Kalbfleisch & Prentice 1980), those
    of the median where that band crosses a half (Brookmeyer & Crowley, Biometrics 38, 1982), those
    of the hazard Wilson's.

    Parameters
    ----------
    customers
        Who churned (`churned`, or as `find_target` finds it), the tenure column (how long, up to
        churning or to today) and the column to compare by. Rows without a tenure, with one below
        zero, or without an outcome are left out, and a note counts them. Of examples at several
        cut-offs each customer's last with an outcome counts.
    options
        The columns.

    Returns
    -------
    Survival
        The `.curves`, the `.groups` compared by a `.test`, the `.hazard`, the time `.remaining`.

    Raises
    ------
    AnalysisError
        `retention.no_tenure` without a tenure column, `retention.no_column`,
        `retention.nobody_left` where nobody has churned; as `find_target`.

    Examples
    --------
    >>> customers = pd.DataFrame({"tenure": [1, 2, 2, 3, 4]})
    >>> customers["churned"] = [True, True, False, True, False]
    >>> survival(customers).curves[["time", "survival", "at_risk", "churned", "censored"]]
       time  survival  at_risk  churned  censored
    0   0.0       1.0        5        0         0
    1   1.0       0.8        5        1         0
    2   2.0       0.6        4        1         1
    3   3.0       0.3        2        1         0
    4   4.0       0.3        1        0         1
    """
    options = options or SurvivalOptions()
    customers = _last_known(customers)
    outcome = find_target(customers).churned
    tenure = options.tenure or tenure_column(customers)
    if tenure is None:
        raise AnalysisError("retention.no_tenure")
    for name in (tenure, options.by):
        if name is not None and name not in customers.columns:
            raise AnalysisError("retention.no_column", column=name)
    time = pd.to_numeric(customers[tenure], errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
    usable = np.isfinite(time) & (time >= 0) & np.isfinite(outcome)
    time, churned = time[usable], outcome[usable].astype(bool)
    if not churned.any():
        raise AnalysisError("retention.nobody_left")
    group, names = _groups(customers[usable], options)
    members = {
        name: np.flatnonzero(group == index) for index, name in enumerate(names)
    }
    curves = {
        name: _curve(time[rows], churned[rows], options.coverage)
        for name, rows in members.items()
    }
    horizon = min(float(time[rows].max()) for rows in members.values())
    edges = _edges(float(time.max()), bool((time == np.round(time)).all()))
    lifetimes = [
        (
            name,
            len(rows),
            int(churned[rows].sum()),
            *(
                _first_time(curves[name], end, 0.5)
                for end in ("survival", "lo", "hi")
            ),
            float(time[rows].max()),
            _area(curves[name], horizon),
        )
        for name, rows in members.items()
    ]
    columns = "group customers churners median median_lo median_hi observed mean"
    return Survival(
        _joined(curves),
        pd.DataFrame(lifetimes, columns=columns.split()),
        _joined(
            {
                name: _hazard(curve, edges, options.coverage)
                for name, curve in curves.items()
            }
        ),
        _joined({name: _remaining(curve, edges) for name, curve in curves.items()}),
        _log_rank(time, churned, group),
        tenure,
        options.by,
        horizon,
        _notes(members if options.by else {}, int((~usable).sum()), tenure),
    )


def _last_known(customers: pd.DataFrame) -> pd.DataFrame:
    """Of examples at several cut-offs each customer's last with an outcome."""
    if not {"customer", "cutoff", "churned"} <= set(customers.columns):
        return customers
    labelled = customers[customers["churned"].notna()].sort_values(
        "cutoff", kind="stable"
    )
    return labelled.drop_duplicates("customer", keep="last")


def _joined(by_group: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = []
    for name, part in by_group.items():
        part = part.copy(deep=False)
        part.insert(0, "group", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _notes(
    groups: dict[str, np.ndarray], unusable: int, tenure: str
) -> tuple[Message, ...]:
    small = [name for name, rows in groups.items() if len(rows) < _FEW]
    facts = {
        "no_tenure": unusable and {"count": unusable, "column": tenure},
        "small_groups": small and {"groups": small, "least": _FEW},
    }
    return tuple(
        Message(f"retention.note.{key}", details)
        for key, details in facts.items()
        if isinstance(details, dict)
    )


def _groups(
    customers: pd.DataFrame, options: SurvivalOptions
) -> tuple[np.ndarray, list[str]]:
    if options.by is None:
        return np.zeros(len(customers), dtype=np.int64), [_EVERYBODY]
    column = customers[options.by]
    if is_number(column) and column.nunique() > options.groups:
        quarter = pd.qcut(column.astype(float), 4, duplicates="drop")
        labels = {
            interval: f"{interval.left:.4g} – {interval.right:.4g}"
            for interval in quarter.cat.categories
        }
        texts, order = (
            quarter.map(labels).astype("object"),
            list(labels.values()),
        )
    else:
        texts = column.astype("object").map(str, na_action="ignore")
        order = [str(name) for name in texts.value_counts().index]
        if len(order) > options.groups:
            order = [*sorted(order[: options.groups - 1]), _REST]
        else:
            order = sorted(order)
        texts = texts.where(texts.isna() | texts.isin(order), _REST)
    texts = texts.where(texts.notna(), _MISSING)
    present = set(texts)
    names = [name for name in [*order, _MISSING] if name in present]
    position = {name: index for index, name in enumerate(names)}
    return texts.map(position).to_numpy(dtype=np.int64), names


def _curve(time: np.ndarray, churned: np.ndarray, coverage: float) -> pd.DataFrame:
    times, codes = np.unique(time, return_inverse=True)
    count = np.bincount(codes, minlength=len(times))
    ended = np.bincount(codes, churned, minlength=len(times)).astype(np.int64)
    share, error = _kaplan_meier(time, churned, times)
    inside = (share > 0) & (share < 1)
    exponent = np.zeros(len(times))
    exponent[inside] = (
        NormalDist().inv_cdf(0.5 + coverage / 2)
        * error[inside]
        / np.abs(share[inside] * np.log(share[inside]))
    )
    curve = pd.DataFrame(
        {
            "time": times,
            "survival": share,
            "lo": share ** np.exp(exponent),
            "hi": share ** np.exp(-exponent),
            "at_risk": len(time) - np.cumsum(count) + count,
            "churned": ended,
            "censored": count - ended,
        }
    )
    if times[0] > 0:
        start = {
            "time": 0.0,
            "survival": 1.0,
            "lo": 1.0,
            "hi": 1.0,
            "at_risk": len(time),
            "churned": 0,
            "censored": 0,
        }
        curve = pd.concat([pd.DataFrame([start]), curve], ignore_index=True)
    return curve


def _kaplan_meier(
    time: np.ndarray, churned: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The share still there after each time, and its standard error."""
    from statsmodels.duration.survfunc import SurvfuncRight

    if not churned.any():
        return np.ones(len(times)), np.zeros(len(times))
    estimate = SurvfuncRight(time, churned.astype(int))
    step = np.searchsorted(estimate.surv_times, times, side="right") - 1
    with np.errstate(invalid="ignore"):
        share = np.where(step >= 0, np.asarray(estimate.surv_prob)[step], 1.0)
        error = np.where(step >= 0, np.asarray(estimate.surv_prob_se)[step], 0.0)
    return np.clip(share, 0.0, 1.0), error


def _first_time(curve: pd.DataFrame, name: str, level: float) -> float:
    """The first time at which a column of the curve is at most a level; NaN where it never is."""
    below = curve[name].to_numpy() <= level + 1e-12
    return (
        float(curve["time"].to_numpy()[below.argmax()]) if below.any() else np.nan
    )


def _area(curve: pd.DataFrame, until: float) -> float:
    times = curve["time"].to_numpy()
    inside = times < until
    widths = np.diff(np.append(times[inside], until))
    return float((curve["survival"].to_numpy()[inside] * widths).sum())


def _survival_at(curve: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    step = np.searchsorted(curve["time"].to_numpy(), times, side="right") - 1
    return curve["survival"].to_numpy()[step]


def _edges(longest: float, whole: bool) -> np.ndarray:
    """Spans of time that a person can read, at most 60 of them.

    Each unit where times are whole and at most 120, else 1, 2, 3, 5 or 6 times a power of ten.
    """
    if longest <= 0:
        return np.array([0.0, 1.0])
    step = 1.0
    if not whole or longest > 120:
        steps = [
            base * 10.0**power for power in range(-3, 9) for base in (1, 2, 3, 5, 6)
        ]
        minimum = max(longest / _MAXIMUM_SPANS, 1.0 if whole else 0.0)
        step = min(candidate for candidate in steps if candidate >= minimum)
    return step * np.arange(int(np.ceil(longest / step - 1e-9)) + 1)


def _hazard(
    curve: pd.DataFrame, edges: np.ndarray, coverage: float
) -> pd.DataFrame:
    """The chance to churn within each span, 1 − S(end)/S(start).

    It is the share that churned where nobody is lost sight of in between.
    """
    step = np.searchsorted(curve["time"].to_numpy(), edges, side="right") - 1
    there_after = (
        curve["at_risk"] - curve["churned"] - curve["censored"]
    ).to_numpy()
    at_risk = there_after[step[:-1]]
    share = _survival_at(curve, edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(at_risk > 0, 1 - share[1:] / share[:-1], np.nan)
    lo, hi = wilson(np.clip(hazard, 0, 1) * at_risk, at_risk, coverage)
    return pd.DataFrame(
        {
            "start": edges[:-1],
            "end": edges[1:],
            "at_risk": at_risk,
            "churned": np.diff(np.cumsum(curve["churned"].to_numpy())[step]),
            "hazard": hazard,
            "lo": np.maximum(lo, 0),
            "hi": np.minimum(hi, 1),
        }
    )[at_risk > 0].reset_index(drop=True)


def _remaining(curve: pd.DataFrame, edges: np.ndarray) -> pd.DataFrame:
    """For customers of each tenure the time until half of them have churned, by the same curve."""
    tenures = edges[:-1][edges[:-1] <= curve["time"].iloc[-1]]
    return pd.DataFrame(
        [
            (tenure, _first_time(curve, "survival", share / 2) - tenure, share)
            for tenure, share in zip(
                tenures, _survival_at(curve, tenures), strict=True
            )
            if share > 0
        ],
        columns=["tenure", "remaining", "survival"],
    )


def _log_rank(
    time: np.ndarray, churned: np.ndarray, group: np.ndarray
) -> dict[str, float] | None:
    from statsmodels.duration.survfunc import survdiff

    groups = len(np.unique(group))
    if groups < 2:
        return None
    statistic, p = survdiff(time, churned.astype(int), group)
    return {
        "statistic": float(statistic),
        "freedom": float(groups - 1),
        "p": float(p),
    }
