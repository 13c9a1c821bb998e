"""From a table of customers, or of examples, to who churns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import (
    Feature,
    TrainingData,
    choose_features,
    equal_rows,
    prepare,
    rows_together,
)
from crm_analysis.analyses.churn.data.history import COLUMNS
from crm_analysis.analyses.churn.data.target import Target, find_target
from crm_analysis.analyses.churn.explain.reasons import reasons_of
from crm_analysis.analyses.churn.models.alarms import find_alarms, score_alone
from crm_analysis.analyses.churn.models.evaluation import (
    Task,
    base_rate_risk,
    one_rule,
    one_rule_risk,
)
from crm_analysis.analyses.churn.models.final import (
    FinalFit,
    check_in_time,
    fit_final,
)
from crm_analysis.analyses.churn.models.measures import auc, curves_of
from crm_analysis.analyses.churn.models.reporting import (
    churn_notes,
    headline_figures,
    score_table,
)
from crm_analysis.analyses.churn.models.selection import compare
from crm_analysis.analyses.churn.models.suspicion import with_and_without
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.threads import one_thread

FEW_CUSTOMERS, FEW_CHURNERS = 100, 20
_MINIMUM_OF_EACH = 5  # churners and stayers, below which nothing can be held out
_FOR_FEW = ("naive_bayes", "logistic")
_ALARM_ROWS = 50_000


def predict_churn(
    examples: pd.DataFrame,
    options: ChurnOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Churn:
    """How likely each customer is to churn, and how far to trust that.

    By the simplest model that is as good as the best.

    Parameters
    ----------
    examples
        `churn_examples` of order lines, or a cleaned table of customers with a column that says who
        churned (`churned`, or one found by name and values). Rows where that is missing are
        predicted. A customer may have several rows: they are kept together in one fold. Of rows
        with a `cutoff`, `window_end` says when the window that `churned` speaks of ended; without
        it the check on the last cut-off is left out, and a note says so.
    options
        The model, the columns, the checks.
    progress
        Hears the share done and the phrase key of the step; what it raises stops the work.

    Returns
    -------
    Churn
        The `.customers` with their risk, the `.scores` of all models tried, the `.model`.

    Raises
    ------
    AnalysisError
        `churn.no_target`, `churn.unknown_target`, `churn.which_value`, `churn.not_a_target`,
        `churn.no_such_value` (the column that says who churned), `churn.no_labels`,
        `churn.all_left`, `churn.all_stayed` (nothing to tell apart), `churn.too_few_to_learn`,
        `churn.unknown_feature`, `churn.no_features`, `churn.only_leaks` (columns).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> customers = pd.DataFrame({"customer": [f"C{number}" for number in range(300)]})
    >>> customers["tenure"] = rng.integers(1, 60, 300)
    >>> chance = 1 / (1 + np.exp(customers["tenure"] / 10 - 2))
    >>> customers["churned"] = rng.random(300) < chance
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> churn.summary()["auc"] > 0.7, churn.customers.columns.tolist()
    (True, ['customer', 'churned', 'risk', 'actionable'])
    """
    with one_thread():
        return _predict(examples, options or ChurnOptions(), progress)


@dataclass(frozen=True, eq=False)
class _Input:
    """What the table says: which rows are labelled, the features, and those of all rows."""

    table: pd.DataFrame
    target: Target
    labelled: np.ndarray
    prepared: pd.DataFrame
    task: Task
    equal: int
    choices: pd.DataFrame
    alarms: pd.DataFrame

    @property
    def labelled_keys(self) -> pd.DataFrame:
        """Whose the labelled rows are: customer, cutoff (where examples have one), churned."""
        table = self.table.loc[
            self.labelled,
            [name for name in ("customer", "cutoff") if name in self.table.columns],
        ].reset_index(drop=True)
        return table.assign(churned=self.task.data.churned == 1)


def _predict(
    table: pd.DataFrame, options: ChurnOptions, progress: Progress
) -> Churn:
    progress(0.0, "churn.step.read")
    table, notes = _with_customer(table)
    read = _read(table, options, progress)
    data = read.task.data
    few = (
        data.customers < FEW_CUSTOMERS
        or int(min(data.churned.sum(), len(data) - data.churned.sum()))
        < FEW_CHURNERS
    )
    comparison = compare(
        read.task,
        _candidates(options, few),
        lambda share, step: progress(0.05 + 0.6 * share, step),
    )
    chosen: str = options.model
    if chosen == "auto" or (chosen == "stack" and len(comparison.members) < 2):
        chosen = comparison.chosen
    final = fit_final(
        read.task,
        chosen,
        comparison,
        lambda share: progress(0.65 + 0.25 * share, "churn.step.calibrate"),
    )
    progress(0.9, "churn.step.measure")
    baselines = {
        "base_rate": base_rate_risk(data.churned),
        "one_rule": one_rule_risk(data, final.fold, options.seed),
    }
    scores = score_table(data, comparison, final, baselines, options)
    progress(0.95, "churn.step.time")
    labelled_rows = table[read.labelled].reset_index(drop=True)
    churn = Churn(
        customers=_customers(read, final),
        out_of_fold=read.labelled_keys.assign(fold=final.fold, risk=final.risk),
        scores=scores,
        folds=comparison.folds,
        search=comparison.search,
        time_check=check_in_time(labelled_rows, read.task, chosen, comparison),
        alarms=with_and_without(
            read.alarms,
            data,
            comparison.recipes[
                chosen if chosen != "stack" else comparison.members[0]
            ],
            final.fold,
            auc(data.churned, final.risk) or 0.5,
        ),
        features=read.choices,
        curves=curves_of(data.churned, final.risk),
        training=pd.concat([read.labelled_keys, data.features], axis=1),
        model=final.model,
        fold_models=final.fold_models,
        settings=None if chosen == "stack" else comparison.recipes[chosen].settings,
        rule=one_rule(data.features, data.churned, options.seed),
        notes=(),
        options=options,
        target=read.target.name,
        positive=read.target.positive,
        figures=headline_figures(
            scores, data, read.labelled, len(read.task.features), options
        )
        | {"equal_rows": float(read.equal)},
        table=table,
        labelled=read.labelled,
        explain=reasons_of,
    )
    churn.figures["threshold"] = churn.threshold
    progress(1.0, "churn.step.done")
    return replace(churn, notes=(*notes, *churn_notes(churn, comparison, few)))


def _with_customer(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Message]]:
    """The table with a column customer; without one each row is another customer."""
    table = table.reset_index(drop=True)
    if "customer" in table.columns:
        return table, []
    table.insert(0, "customer", [str(row) for row in range(1, len(table) + 1)])
    return table, [Message("churn.note.rows_are_customers", {})]


def _read(table: pd.DataFrame, options: ChurnOptions, progress: Progress) -> _Input:
    target = find_target(table, options.target, options.positive)
    labelled = ~np.isnan(target.churned)
    churned = target.churned[labelled]
    if not len(churned):
        raise AnalysisError("churn.no_labels", column=target.name)
    if churned.min() == churned.max():
        key = "churn.all_left" if churned[0] else "churn.all_stayed"
        raise AnalysisError(key, column=target.name, count=len(churned))
    features, choices = choose_features(
        table, target.name, options.features, options.leave_out
    )
    progress(0.02, "churn.step.alarms")
    prepared = prepare(table, features)
    customer = pd.factorize(table.loc[labelled, "customer"].astype(str))[0]
    learnt = prepared[labelled].reset_index(drop=True)
    equal = equal_rows(learnt)
    together = rows_together(customer, equal)
    data = TrainingData(learnt, churned, customer, together)
    judged = (
        data if len(data) <= _ALARM_ROWS else data.sample(_ALARM_ROWS, options.seed)
    )
    alone = score_alone(judged, judged.folds(5, options.seed))
    innocent = COLUMNS if "cutoff" in table.columns else frozenset()
    alarms = find_alarms(judged, alone, options.keep, options.keep_leaks, innocent)
    leaks = set(alarms.loc[alarms["left_out"], "feature"])
    choices["auc_alone"] = choices["name"].map(alone)
    choices.loc[choices["name"].isin(leaks), ["used", "reason"]] = [
        False,
        "leak",
    ]
    features = tuple(feature for feature in features if feature.name not in leaks)
    if not features:
        raise AnalysisError("churn.only_leaks", columns=sorted(leaks))
    task = _task(data, features, options)
    twice = 0 if equal is None else len(equal) - len(np.unique(equal))
    return _Input(table, target, labelled, prepared, task, twice, choices, alarms)


def _task(
    data: TrainingData, features: tuple[Feature, ...], options: ChurnOptions
) -> Task:
    """What is learnt, in as many folds as both kinds of customers can be divided into."""
    churned, customers = data.churned, data.customers
    churners = np.bincount(data.together, weights=churned) > 0
    stayers = np.bincount(data.together, weights=1 - churned) > 0
    folds = min(options.folds, int(churners.sum()), int(stayers.sum()))
    if (
        min(churned.sum(), len(data) - churned.sum()) < _MINIMUM_OF_EACH
        or folds < 2
    ):
        lo, hi = wilson(float(churned.sum()), len(data))
        raise AnalysisError(
            "churn.too_few_to_learn",
            customers=customers,
            churners=int(churned.sum()),
            least=_MINIMUM_OF_EACH,
            rate=float(churned.mean()),
            lo=float(lo),
            hi=float(hi),
        )
    columns = data.features[[feature.name for feature in features]]
    return Task(replace(data, features=columns), features, options, folds)


def _candidates(options: ChurnOptions, few: bool) -> tuple[str, ...]:
    """What is compared: with few customers only what can be learnt from few."""
    if options.model == "auto":
        for_few = tuple(name for name in options.candidates if name in _FOR_FEW)
        return for_few if few and for_few else options.candidates
    if options.model == "stack":
        return (*options.candidates, "stack")
    return (options.model,)


def _customers(read: _Input, final: FinalFit) -> pd.DataFrame:
    labelled = read.labelled
    risk = np.empty(len(labelled))
    risk[labelled] = final.risk
    risk[~labelled] = final.model.predict(read.prepared[~labelled])
    churned = pd.array(read.target.churned == 1, dtype="boolean")
    churned[~labelled] = pd.NA
    table = pd.DataFrame(
        {"customer": read.table["customer"], "churned": churned, "risk": risk}
    ).assign(actionable=read.target.churned == 0 if labelled.all() else ~labelled)
    if "cutoff" in read.table.columns:
        table.insert(1, "cutoff", read.table["cutoff"])
        table = table.sort_values("cutoff", kind="stable")
    table = table.drop_duplicates("customer", keep="last")
    return table.sort_index().reset_index(drop=True)
