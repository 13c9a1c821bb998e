"""From a table of customers, or of examples, to who is leaving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.data.features import Feature, choose_features, prepare
from crm_analysis.analyses.churn.data.history import COLUMNS
from crm_analysis.analyses.churn.data.target import Target, find_target
from crm_analysis.analyses.churn.models.alarms import find_alarms, score_alone
from crm_analysis.analyses.churn.models.baselines import (
    base_rate_risk,
    one_rule,
    one_rule_risk,
)
from crm_analysis.analyses.churn.models.evaluation import Examples
from crm_analysis.analyses.churn.models.final import Finished, finish
from crm_analysis.analyses.churn.models.measures import curves_of
from crm_analysis.analyses.churn.models.reporting import figures_of, notes_of, score_rows
from crm_analysis.analyses.churn.models.selection import compare
from crm_analysis.analyses.churn.models.time_check import check_in_time
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["FEW_CHURNERS", "FEW_CUSTOMERS", "predict_churn"]

FEW_CUSTOMERS, FEW_CHURNERS = 100, 20
_LEAST = 5  # of each kind, below which nothing can be held out
_SMALL = ("naive_bayes", "logistic")
_ALARM_ROWS = 50_000


@dataclass(frozen=True, eq=False)
class _Read:
    """What the table says: which rows are labelled, their examples, and the features."""

    table: pd.DataFrame
    target: Target
    features: tuple[Feature, ...]
    prepared: pd.DataFrame
    examples: Examples
    labelled: np.ndarray
    choices: pd.DataFrame
    alarms: pd.DataFrame


def predict_churn(
    examples: pd.DataFrame, options: ChurnOptions | None = None, *, progress: Progress = no_progress
) -> Churn:
    """How likely each customer is to leave, by the simplest model that is as good as the best, and how far to trust that.

    Parameters
    ----------
    examples
        `churn_examples` of order lines, or a cleaned table of customers with a column that says who left (`churned`, or one found by name and values). Rows where that is missing are
        predicted. A customer may have several rows: they are kept together in one fold.
    options
        The model, the columns, the checks.
    progress
        Hears the share done and the phrase key of the step; what it raises stops the work.

    Returns
    -------
    Churn

    Raises
    ------
    AnalysisError
        `churn.no_target`, `churn.unknown_target`, `churn.which_value`, `churn.not_a_target`, `churn.no_such_value` (the column that says who left), `churn.no_labels`, `churn.all_left`,
        `churn.all_stayed` (nothing to tell apart), `churn.unknown_feature`, `churn.no_features`, `churn.only_leaks` (columns).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"customer": [f"C{i}" for i in range(300)], "tenure": rng.integers(1, 60, 300)})
    >>> people["churned"] = rng.random(300) < 1 / (1 + np.exp(people["tenure"] / 10 - 2))
    >>> found = predict_churn(people, ChurnOptions(model="logistic"))
    >>> found.summary()["auc"] > 0.7, found.customers.columns.tolist()
    (True, ['customer', 'churned', 'risk', 'actionable'])
    """
    options = options or ChurnOptions()
    with threadpool_limits(1):
        return _predict(examples, options, progress)


def _predict(table: pd.DataFrame, options: ChurnOptions, progress: Progress) -> Churn:
    progress(0.0, "churn.step.read")
    read, notes = _read(table, options, progress)
    examples = read.examples
    minority = int(min(examples.left.sum(), len(examples) - examples.left.sum()))
    people = int(examples.customer.max()) + 1
    folds = min(options.folds, _spread(examples))
    if minority < _LEAST or folds < 2:
        raise AnalysisError(
            "churn.too_few_to_learn",
            customers=people,
            churners=int(examples.left.sum()),
            least=_LEAST,
            **_base(examples),
        )
    few = people < FEW_CUSTOMERS or minority < FEW_CHURNERS
    names = _names(options, few)
    comparison = compare(
        examples, names, options, folds, lambda share, step: progress(0.05 + 0.6 * share, step)
    )
    chosen = (
        options.model
        if options.model != "auto" and (options.model != "stack" or len(comparison.members) > 1)
        else comparison.chosen
    )
    done = finish(
        chosen,
        comparison.members,
        examples,
        read.features,
        comparison.held,
        options,
        folds,
        lambda share: progress(0.65 + 0.25 * share, "churn.step.calibrate"),
    )
    progress(0.9, "churn.step.measure")
    fold = done.fold
    plain = {
        "base_rate": base_rate_risk(examples.left),
        "one_rule": one_rule_risk(examples, fold, options.seed),
    }
    scores = score_rows(examples, comparison, plain, chosen, done, options)
    rule = one_rule(examples.features, examples.left, options.seed)
    progress(0.95, "churn.step.time")
    in_time = check_in_time(
        read.table[read.labelled], examples, read.features, chosen, comparison.members, options
    )
    figures = figures_of(scores, examples, read.labelled, len(read.features), options)
    found = _customers(read, done)
    churn = Churn(
        customers=found,
        out_of_fold=_out_of_fold(read, done),
        scores=scores,
        folds=comparison.folds,
        time_check=in_time,
        alarms=read.alarms,
        features=read.choices,
        curves=curves_of(examples.left, done.risk),
        training=_training(read),
        model=done.model,
        fold_models=done.fold_models,
        rule=rule,
        notes=(),
        options=options,
        target=read.target.name,
        positive=read.target.positive,
        figures=figures,
        table=read.table,
        labelled=read.labelled,
    )
    churn.figures["threshold"] = churn.threshold
    progress(1.0, "churn.step.done")
    return replace(churn, notes=tuple(notes + notes_of(churn, comparison, done, few)))


def _read(
    table: pd.DataFrame, options: ChurnOptions, progress: Progress
) -> tuple[_Read, list[Message]]:
    notes: list[Message] = []
    table = table.reset_index(drop=True)
    if "customer" not in table.columns:
        table.insert(0, "customer", [str(at + 1) for at in range(len(table))])
        notes.append(Message("churn.note.rows_are_customers", {}))
    target = find_target(table, options.target, options.positive)
    labelled = ~np.isnan(target.left)
    left = target.left[labelled]
    if not len(left):
        raise AnalysisError("churn.no_labels", column=target.name)
    if left.min() == left.max():
        raise AnalysisError(
            "churn.all_left" if left[0] else "churn.all_stayed", column=target.name, count=len(left)
        )
    features, choices = choose_features(table, target.name, options.features, options.leave_out)
    progress(0.02, "churn.step.alarms")
    prepared = prepare(table, features)
    customer = pd.factorize(table.loc[labelled, "customer"].astype(str))[0]
    examples = Examples(prepared[labelled].reset_index(drop=True), left, customer)
    part = examples
    if len(examples) > _ALARM_ROWS:
        kept = np.random.default_rng(options.seed).random(
            int(customer.max()) + 1
        ) < _ALARM_ROWS / len(examples)
        part = examples.take(np.flatnonzero(kept[customer]))
    alone = score_alone(part, part.folds(5, options.seed))
    alarms = find_alarms(
        part,
        alone,
        options.keep,
        options.keep_leaks,
        COLUMNS if "cutoff" in table.columns else frozenset(),
    )
    out = set(alarms.loc[alarms["left_out"], "feature"])
    choices["auc_alone"] = choices["name"].map(alone)
    choices.loc[choices["name"].isin(out), ["used", "reason"]] = [False, "leak"]
    features = tuple(one for one in features if one.name not in out)
    if not features:
        raise AnalysisError("churn.only_leaks", columns=sorted(out))
    names = [one.name for one in features]
    examples = Examples(examples.features[names], left, customer)
    return _Read(
        table, target, features, prepared[names], examples, labelled, choices, alarms
    ), notes


def _spread(examples: Examples) -> int:
    """Into how many folds both kinds of customers can be divided."""
    people = int(examples.customer.max()) + 1
    churned = np.bincount(examples.customer, weights=examples.left, minlength=people) > 0
    stayed = np.bincount(examples.customer, weights=1 - examples.left, minlength=people) > 0
    return int(min(churned.sum(), stayed.sum()))


def _base(examples: Examples) -> dict[str, Any]:
    from crm_analysis.analyses.inference import wilson

    lo, hi = wilson(float(examples.left.sum()), len(examples))
    return {"rate": float(examples.left.mean()), "lo": float(lo), "hi": float(hi)}


def _names(options: ChurnOptions, few: bool) -> tuple[str, ...]:
    """What is compared: with few customers only what can be learnt from few."""
    if options.model not in ("auto", "stack"):
        return (options.model,)
    if few and options.model == "auto":
        return tuple(name for name in options.candidates if name in _SMALL) or options.candidates
    names = tuple(options.candidates)
    return names if options.model == "auto" or "stack" in names else (*names, "stack")


def _customers(read: _Read, done: Finished) -> pd.DataFrame:
    risk = np.empty(len(read.table))
    risk[read.labelled] = done.risk
    risk[~read.labelled] = done.model.predict(read.prepared[~read.labelled])
    churned = pd.array(np.where(read.labelled, read.target.left == 1, False), dtype="boolean")
    churned[~read.labelled] = pd.NA
    found = pd.DataFrame({"customer": read.table["customer"], "churned": churned, "risk": risk})
    if "cutoff" in read.table.columns:
        found.insert(1, "cutoff", read.table["cutoff"])
        found = found.sort_values("cutoff", kind="stable")
    found["actionable"] = (
        ~read.labelled[found.index]
        if not read.labelled.all()
        else (read.target.left[found.index] == 0)
    )
    return found.drop_duplicates("customer", keep="last").sort_index().reset_index(drop=True)


def _out_of_fold(read: _Read, done: Finished) -> pd.DataFrame:
    names = ["customer", "cutoff"] if "cutoff" in read.table.columns else ["customer"]
    found = read.table.loc[read.labelled, names].reset_index(drop=True)
    return found.assign(churned=read.examples.left == 1, fold=done.fold, risk=done.risk)


def _training(read: _Read) -> pd.DataFrame:
    names = ["customer", "cutoff"] if "cutoff" in read.table.columns else ["customer"]
    found = read.table.loc[read.labelled, names].reset_index(drop=True)
    return pd.concat(
        [found.assign(churned=read.examples.left == 1), read.examples.features], axis=1
    )
