"""Whom a contact changes: a gain for each customer, and whether anyone differs at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.arms import Arms, hold_ratio, read_arms
from crm_analysis.analyses.engagement.balance import (
    WIDEST,
    balance_checks,
    imbalance,
)
from crm_analysis.analyses.engagement.claims import ADJUSTED, EXPERIMENT, Claim
from crm_analysis.analyses.engagement.encoding import Encoder, learn_encoding
from crm_analysis.analyses.engagement.estimates import arms_differ
from crm_analysis.analyses.engagement.outcomes import is_share, numbers
from crm_analysis.analyses.engagement.uplift.alike import alike
from crm_analysis.analyses.engagement.uplift.columns import (
    column_of,
    features_of,
)
from crm_analysis.analyses.engagement.uplift.learners import (
    Predict,
    Task,
    learn,
    response,
)
from crm_analysis.analyses.engagement.uplift.options import UpliftOptions
from crm_analysis.analyses.engagement.uplift.qini import (
    Ranked,
    Trial,
    bootstrap_scores,
    null_scores,
    qini_curve,
    qini_score,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

FEWEST_RESPONDERS = 100  # in an arm: with fewer no list
_POINTS = 101
_NULL = 0.95
_QUINTILES = 5
_TOO_GOOD = 0.12  # a Qini that is rarely seen without a leak


@dataclass(frozen=True, eq=False)
class Uplift:
    """Whom a contact changes.

    - `customers`: a row a customer of the two arms, in the order of the table.
        - `customer`, `arm`, `outcome` : as in the table; numbered where it has no customer
        - `gain` : what a contact brings of the outcome, by models that have not seen them
        - `response` : what is expected of them once contacted, by such models
    - `curve`: what contacting so many brings, the highest gains first.
        - `contacted`, `share` : customers, of all
        - `gained`, `by_response`, `at_random` : outcomes more, as many treated as in the trial
        - `null_lo`, `null_hi` : where the curve lies in 90 % of trials in which the contact changes
          everybody in the same proportion
    - `quintiles`: the customers in fifths, the highest gains first.
        - `quintile`, `customers` : 1 is the first; how many
        - `treated`, `control`, `difference`, `lo`, `hi` : means of the outcome, between the arms
        - `gain` : as the model has it
    - `scores`: a row a ranking.
        - `method` : "uplift", "response", "random", "all", "none"
        - `qini`, `qini_lo`, `qini_hi` : scikit-uplift's score; of amounts money a customer
        - `over_response`, `over_response_lo`, `over_response_hi` : the Qini less the response
          model's
        - `per_customer` : what the choice of all or none brings a customer
    - `set_aside`: customer, arms: who was in two arms and is left out.
    - `alarms`: column, reason ("arm" or "outcome"): can hardly be from before, and is left out.
    - `checks`: check, column, value, limit, p, holds: as in `read_test`.
    - `claim`: "experiment" or "adjusted comparison".
    - `evident`: whether there is evidence that customers differ; without it there is no list.
    - `verdict`: that in a sentence.
    - `features`: the columns used.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    quintiles: pd.DataFrame
    scores: pd.DataFrame
    set_aside: pd.DataFrame
    alarms: pd.DataFrame
    checks: pd.DataFrame
    claim: Claim
    evident: bool
    verdict: Message
    features: tuple[str, ...]
    notes: tuple[Message, ...]
    options: UpliftOptions
    null: float
    is_amount: bool
    _encoder: Encoder
    _models: tuple[Predict, ...]

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """The gain of other customers: customer, gain; the mean of the models of all folds."""
        features = self._encoder.numbers(new)
        gain = np.mean([model(features) for model in self._models], axis=0)
        return pd.DataFrame({"customer": _names(new), "gain": gain})

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        qini, qini_lo, qini_hi; null (its 95th percentile were everybody changed alike);
        over_response with _lo and _hi; difference (between the arms), customers, responders (in
        the smaller arm).
        """
        first = self.scores.set_index("method").loc["uplift"]
        names = ["qini", "qini_lo", "qini_hi", "over_response"]
        names += ["over_response_lo", "over_response_hi"]
        outcome = self.customers["outcome"].to_numpy(dtype=float)
        control = (
            self.customers["arm"] == self.verdict.details["control"]
        ).to_numpy()
        responders = min(
            int((outcome[part] > 0).sum()) for part in (control, ~control)
        )
        return {
            **{name: float(first[name]) for name in names},
            "null": self.null,
            "difference": float(outcome[~control].mean() - outcome[control].mean()),
            "customers": float(len(outcome)),
            "responders": float(responders),
        }


def uplift(
    table: pd.DataFrame,
    options: UpliftOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Uplift:
    """A gain for each customer, beside contacting all, none, some at random, the likely ones.

    Gains are cross-fitted: each is from models that have not seen the customer. The gate: where
    the Qini's interval reaches 0, or the ranking scores no more than it would had the contact
    changed everybody's odds (or amounts) alike, or an arm has under 100 responders, there is no
    evidence that customers differ, and no list. A contact that works in the same proportion for
    all gains most where most respond anyway: that a response model ranks well is no evidence.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a customer: the arm, the outcome, what was known before.
    options : UpliftOptions
        Which columns are what, and the method.

    Returns
    -------
    Uplift
        `.customers` (gain), `.curve`, `.quintiles`, `.scores`, `.claim`, `.verdict`.

    Raises
    ------
    AnalysisError
        As `read_test`; "engagement.which_arm" (arms) where several could be compared,
        "engagement.no_features" where nothing was known before, "engagement.too_few" (count).

    References
    ----------
    Radcliffe & Surry (2011), Real-World Uplift Modelling; Künzel, Sekhon, Bickel & Yu (2019), PNAS
    116, 4156-4165; Devriendt, Moldovan & Verbeke (2018), Big Data 6, 13-41.

    Examples
    --------
    The contact works for those on the web only:

    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"arm": rng.choice(["mail", "none"], 4000)})
    >>> table["web"] = rng.integers(0, 2, 4000)
    >>> chance = 0.1 + 0.2 * (table["arm"] == "mail") * table["web"]
    >>> table["visit"] = (rng.random(4000) < chance).astype(int)
    >>> gain = uplift(table, UpliftOptions(outcome="visit"))
    >>> gain.evident, gain.features
    (True, ('web',))
    """
    options = options or UpliftOptions()
    arms = _two_arms(read_arms(table, options.arm, options.control), options)
    checks = [hold_ratio(arms, None if len(arms.names) > 2 else options.split)]
    outcome = numbers(column_of(arms, options.outcome), options.outcome)
    arms, outcome = _with_outcome(arms, outcome)
    features, alarms = features_of(arms, outcome, options)
    doubtful = [name for name, reason in alarms.items() if reason == "arm"]
    differing = imbalance(arms, [*features, *doubtful])
    checks += balance_checks(differing)
    alike = bool((differing["value"].abs() <= WIDEST).all())
    claim = EXPERIMENT if alike else ADJUSTED
    encoder = learn_encoding(arms.rows, features)
    matrix = encoder.numbers(arms.rows)
    is_amount = not is_share(outcome)
    task = Task(matrix, arms.code > 0, outcome, is_amount, options.seed)
    gain, expected, models = _cross_fitted(task, options, progress)
    measured = _measure(task, gain, expected, options, progress)
    evident = measured.evident(task)
    customers = pd.DataFrame(
        {
            "customer": _names(arms.rows),
            "arm": np.array(arms.names, dtype=object)[arms.code],
            "outcome": outcome,
            "gain": gain,
            "response": expected,
        }
    )
    return Uplift(
        customers,
        measured.curve,
        _quintiles(task, gain, options.coverage),
        measured.scores,
        arms.set_aside,
        pd.DataFrame(list(alarms.items()), columns=["column", "reason"]),
        pd.DataFrame(checks),
        claim,
        evident,
        _verdict(arms, task, measured, evident, claim),
        tuple(features),
        (*arms.notes, *_notes(alarms, measured, is_amount)),
        options,
        measured.null,
        is_amount,
        encoder,
        models,
    )


def _names(table: pd.DataFrame) -> pd.Series:
    """The customers; rows without an id are numbered."""
    if "customer" in table.columns:
        return table["customer"].reset_index(drop=True)
    return pd.Series(
        [str(number) for number in range(1, len(table) + 1)], dtype=object
    )


def _two_arms(arms: Arms, options: UpliftOptions) -> Arms:
    others = arms.names[1:]
    treated = options.treated
    if treated is None:
        if len(others) > 1:
            raise AnalysisError("engagement.which_arm", arms=list(others))
        treated = others[0]
    if treated not in others:
        raise AnalysisError(
            "engagement.no_such_arm", arm=treated, arms=list(others)
        )
    position = arms.names.index(treated)
    inside = np.isin(arms.code, (0, position))
    return Arms(
        (arms.names[0], treated),
        (arms.code[inside] > 0).astype(np.int64),
        arms.rows[inside],
        arms.set_aside,
        arms.notes,
    )


def _with_outcome(arms: Arms, outcome: np.ndarray) -> tuple[Arms, np.ndarray]:
    known = ~np.isnan(outcome)
    sizes = np.bincount(arms.code[known], minlength=2)
    if sizes.min() < 2 * _QUINTILES:
        raise AnalysisError("engagement.too_few", count=int(sizes.min()))
    rows = Arms(
        arms.names, arms.code[known], arms.rows[known], arms.set_aside, arms.notes
    )
    return rows, outcome[known]


def _cross_fitted(
    task: Task, options: UpliftOptions, progress: Progress
) -> tuple[np.ndarray, np.ndarray, tuple[Predict, ...]]:
    """Each customer's gain and expected response, as the mean over the draws of the folds."""
    size, models = len(task.outcome), []
    gain, expected = np.zeros(size), np.zeros(size)
    rng = np.random.default_rng(options.seed)
    for repeat in range(options.repeats):
        fold = _folds(task, options, rng)
        for held in range(options.folds):
            done = (repeat + held / options.folds) / options.repeats
            progress(0.7 * done, "engagement.step.learn")
            part, apply = task.of(fold != held), fold == held
            models.append(learn(options.learner, part))
            gain[apply] += models[-1](task.features[apply])
            expected[apply] += response(part)(task.features[apply])
    return gain / options.repeats, expected / options.repeats, tuple(models)


def _folds(
    task: Task, options: UpliftOptions, rng: np.random.Generator
) -> np.ndarray:
    """Folds with as many of each arm and outcome as can be."""
    kind = 2 * task.treated + (task.outcome > 0)
    drawn = rng.random(len(kind))
    order = np.lexsort((drawn, kind))
    fold = np.empty(len(kind), dtype=np.int64)
    fold[order] = np.arange(len(kind)) % options.folds
    return fold


@dataclass(frozen=True, eq=False)
class _Measured:
    scores: pd.DataFrame
    curve: pd.DataFrame
    null: float

    @property
    def qini(self) -> dict[str, float]:
        row = self.scores.set_index("method").loc["uplift"]
        return {name: float(row[name]) for name in ("qini", "qini_lo", "qini_hi")}

    def evident(self, task: Task) -> bool:
        """Whether it ranks better than were everybody changed alike, by enough responders."""
        qini = self.qini
        enough = _responders(task) >= FEWEST_RESPONDERS
        return enough and qini["qini_lo"] > 0 and qini["qini"] > self.null


def _responders(task: Task) -> int:
    happened = task.outcome > 0
    return min(
        int(happened[task.treated].sum()), int(happened[~task.treated].sum())
    )


def _measure(
    task: Task,
    gain: np.ndarray,
    expected: np.ndarray,
    options: UpliftOptions,
    progress: Progress,
) -> _Measured:
    trial = Trial(task.treated, task.outcome, task.is_amount)
    rankings = [Ranked(trial, gain), Ranked(trial, expected)]
    progress(0.7, "engagement.step.measure")
    drawn = bootstrap_scores(trial, rankings, options.draws, options.seed)
    tail = (1 - options.coverage) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    over = drawn[:, 0] - drawn[:, 1]
    over_low, over_high = np.quantile(over, [tail, 1 - tail])
    qini = [qini_score(trial, ranking) for ranking in (gain, expected)]
    points = np.linspace(0, len(gain), _POINTS).round()
    progress(0.85, "engagement.step.measure")
    null, curves = null_scores(
        rankings[0], alike(task), points, options.draws, options.seed
    )
    difference = float(
        task.outcome[task.treated].mean() - task.outcome[~task.treated].mean()
    )
    unknown = float("nan")
    scores = pd.DataFrame(
        [
            (
                "uplift",
                qini[0],
                low[0],
                high[0],
                qini[0] - qini[1],
                over_low,
                over_high,
            ),
            ("response", qini[1], low[1], high[1], 0.0, 0.0, 0.0),
            ("random", 0.0, *[unknown] * 5),
            ("all", *[unknown] * 6),
            ("none", *[unknown] * 6),
        ],
        columns=[
            *("method", "qini", "qini_lo", "qini_hi"),
            *("over_response", "over_response_lo", "over_response_hi"),
        ],
    ).assign(per_customer=[unknown, unknown, unknown, difference, 0.0])
    by_gain, by_response = (
        qini_curve(trial, ranking) for ranking in (gain, expected)
    )
    null_low, null_high = np.quantile(curves, [1 - _NULL, _NULL], axis=0)
    curve = pd.DataFrame(
        {
            "contacted": points.astype(np.int64),
            "share": points / len(gain),
            "gained": np.interp(points, by_gain.contacted, by_gain.gained),
            "by_response": np.interp(
                points, by_response.contacted, by_response.gained
            ),
            "at_random": points / len(gain) * by_gain.gained[-1],
            "null_lo": null_low,
            "null_hi": null_high,
        }
    )
    return _Measured(scores, curve, float(np.quantile(null, _NULL)))


def _quintiles(task: Task, gain: np.ndarray, coverage: float) -> pd.DataFrame:
    order = np.argsort(-gain, kind="stable")
    rows = []
    for position, members in enumerate(np.array_split(order, _QUINTILES), start=1):
        treated = task.treated[members]
        first, second = (
            task.outcome[members][treated],
            task.outcome[members][~treated],
        )
        row = {
            "quintile": position,
            "customers": len(members),
            "treated": float(first.mean()) if len(first) else np.nan,
            "control": float(second.mean()) if len(second) else np.nan,
            "gain": float(gain[members].mean()),
        }
        rows.append(row | _difference(first, second, task.is_amount, coverage))
    columns = [
        "quintile",
        "customers",
        "treated",
        "control",
        "difference",
        "lo",
        "hi",
    ]
    return pd.DataFrame(rows)[[*columns, "gain"]]


def _difference(
    first: np.ndarray, second: np.ndarray, is_amount: bool, coverage: float
) -> dict[str, float]:
    if min(len(first), len(second)) < 2:
        return dict.fromkeys(("difference", "lo", "hi"), float("nan"))
    estimate = arms_differ(first, second, coverage, is_amount=is_amount)
    return {"difference": estimate.difference, "lo": estimate.lo, "hi": estimate.hi}


def _verdict(
    arms: Arms, task: Task, measured: _Measured, evident: bool, claim: Claim
) -> Message:
    responders = _responders(task)
    details = {
        "arm": arms.names[1],
        "control": arms.names[0],
        "qini": measured.qini["qini"],
        "low": measured.qini["qini_lo"],
        "high": measured.qini["qini_hi"],
        "null": measured.null,
        "responders": responders,
        "fewest": FEWEST_RESPONDERS,
        "customers": len(task.outcome),
    }
    if evident:
        word = "experiment" if claim == EXPERIMENT else "adjusted"
        return Message(f"engagement.uplift.{word}.differ", details)
    if responders < FEWEST_RESPONDERS:
        return Message("engagement.uplift.few", details)
    return Message("engagement.uplift.nobody", details)


def _notes(
    alarms: dict[str, str], measured: _Measured, is_amount: bool
) -> Sequence[Message]:
    notes = []
    if alarms:
        notes.append(Message("engagement.note.left_out", {"columns": list(alarms)}))
    qini = measured.qini["qini"]
    if not is_amount and qini > _TOO_GOOD:
        notes.append(Message("engagement.note.too_good", {"qini": qini}))
    return notes
