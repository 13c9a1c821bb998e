"""What comments add to a model of who leaves: the same folds with and without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import customer_features
from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.joined.people import People
from crm_analysis.analyses.feedback.joined.said import Group, Said
from crm_analysis.analyses.feedback.labels import NEGATIVE
from crm_analysis.analyses.feedback.survey import as_numbers, worth_column
from crm_analysis.analyses.inference import five_by_two
from crm_analysis.messages import Message
from crm_analysis.tables.threads import one_thread

COLUMNS = (
    *("repeat", "fold", "customers", "log_loss", "log_loss_text"),
    *("auc", "auc_text", "log_loss_gain", "auc_gain"),
)
_ENOUGH = 20  # who left, and who stayed
_STRENGTH = (
    0.1  # of the logistic regression: half the customers must bear all columns
)
_TRUSTS = (
    0.0,
    0.1,
    0.3,
    1.0,
)  # a column of text scaled down must say more to be heard
_NO_FEATURES = {"risk", "window_end", "cutoff"}


class Gain(NamedTuple):
    """The folds, what text adds (log-loss down and AUC up, each with its interval), a sentence."""

    folds: pd.DataFrame
    log_loss: tuple[float, float, float]
    auc: tuple[float, float, float]
    verdict: Message


_NOT_MEASURED = (np.nan, np.nan, np.nan)


def gain_of_text(
    people: People, said: Said, groups: Sequence[Group], options: JoinOptions
) -> Gain:
    """A logistic model of leaving by what is known of customers, and the same with their comments.

    Customers are halved anew so many times; each half judges what was learnt on the other. How far
    text is let in is decided within the half learnt from, so that what says nothing does no harm.

    References
    ----------
    Dietterich (1998), Neural Computation 10, 1895-1923.
    """
    known = ~np.isnan(people.churned)
    left = people.churned[known]
    nothing = pd.DataFrame(columns=list(COLUMNS))
    few = min(int(left.sum()), int(len(left) - left.sum()))
    if few < _ENOUGH:
        details = {"count": few, "enough": _ENOUGH}
        verdict = Message("feedback.joined.gain.few", details)
        return Gain(nothing, _NOT_MEASURED, _NOT_MEASURED, verdict)
    before = _known_before(people, options)[known]
    text = _of_text(said, groups, options)[known]
    if not before.shape[1] or not text.shape[1]:
        verdict = Message("feedback.joined.gain.nothing", {})
        return Gain(nothing, _NOT_MEASURED, _NOT_MEASURED, verdict)
    from sklearn import config_context

    with one_thread(), config_context(assume_finite=True):
        folds = _folds(left, before, text, options)
    shape = (options.repeats, 2)
    log_loss = five_by_two(
        folds["log_loss_gain"].to_numpy().reshape(shape), options.coverage
    )
    auc = five_by_two(folds["auc_gain"].to_numpy().reshape(shape), options.coverage)
    return Gain(folds, log_loss, auc, _verdict(folds, log_loss, auc))


def _folds(
    left: np.ndarray, before: np.ndarray, text: np.ndarray, options: JoinOptions
) -> pd.DataFrame:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    rows: list[dict[str, Any]] = []
    for repeat in range(options.repeats):
        seed = options.seed + repeat
        halves = StratifiedKFold(2, shuffle=True, random_state=seed)
        for fold, (learn, judge) in enumerate(halves.split(before, left)):
            row: dict[str, Any] = {"repeat": repeat, "fold": fold}
            row["customers"] = len(judge)
            trust = _trust(left[learn], before[learn], text[learn], seed)
            for ending, scale in (("", 0.0), ("_text", trust)):
                columns = _columns(before, text, learn)
                columns[:, before.shape[1] :] *= scale
                risk = _risk(columns[learn], left[learn], columns[judge])
                row[f"log_loss{ending}"] = _log_loss(left[judge], risk)
                row[f"auc{ending}"] = roc_auc_score(left[judge], risk)
            row["log_loss_gain"] = row["log_loss"] - row["log_loss_text"]
            row["auc_gain"] = row["auc_text"] - row["auc"]
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _trust(
    left: np.ndarray, before: np.ndarray, text: np.ndarray, seed: int
) -> float:
    """How far text is let in, 0 for not at all: what serves best within the half learnt from."""
    from sklearn.model_selection import StratifiedKFold

    losses = dict.fromkeys(_TRUSTS, 0.0)
    is_of_text = np.repeat([False, True], [before.shape[1], text.shape[1]])
    parts = StratifiedKFold(3, shuffle=True, random_state=seed)
    for learn, judge in parts.split(before, left):
        columns = _columns(before, text, learn)
        for scale in _TRUSTS:
            scaled = columns * np.where(is_of_text, scale, 1.0)
            risk = _risk(scaled[learn], left[learn], scaled[judge])
            losses[scale] += _log_loss(left[judge], risk)
    return min(losses, key=lambda scale: losses[scale])


def _columns(before: np.ndarray, text: np.ndarray, learn: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and deviation 1 of those learnt from, those of text at the end."""
    both = np.hstack([before, text])
    mean, deviation = both[learn].mean(axis=0), both[learn].std(axis=0)
    scaled: np.ndarray = (both - mean) / np.where(deviation > 0, deviation, 1.0)
    return scaled


def _log_loss(left: np.ndarray, risk: np.ndarray) -> float:
    """As scikit-learn's, without its checks, which take longer than the sum."""
    chance = np.where(left == 1, risk, 1 - risk)
    return float(-np.log(np.clip(chance, np.finfo(float).eps, None)).mean())


def _risk(learn: np.ndarray, left: np.ndarray, judge: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, solver="newton-cholesky", max_iter=100)
    return model.fit(learn, left).predict_proba(judge)[:, 1]


def _known_before(people: People, options: JoinOptions) -> np.ndarray:
    """Numbers that describe customers, those of money and times on the scale of times more."""
    table = people.table.drop(columns=["customer"])
    worth = worth_column(table, options.value)
    judged = customer_features(table, outcomes=(options.churned,), gaps_filled=True)
    numbers = judged["kind"].isin(["number", "flag"]) & judged["proposed"]
    names = set(judged.loc[numbers, "column"]) - _NO_FEATURES
    if worth != "monetary":
        names -= {worth}
    columns = []
    for name in sorted(names):
        values = as_numbers(table[name])
        known = np.isfinite(values)
        middle = float(np.median(values[known])) if known.any() else 0.0
        filled = np.where(known, values, middle)
        columns.append(np.sign(filled) * np.log1p(np.abs(filled)))
    return np.column_stack(columns) if columns else np.empty((len(table), 0))


def _of_text(
    said: Said, groups: Sequence[Group], options: JoinOptions
) -> np.ndarray:
    """How many comments, how negative, and who spoke of what, each known of enough customers."""
    counts = np.bincount(
        said.comments["of"].to_numpy(np.int64), minlength=said.size
    ).astype(float)
    negative = np.bincount(
        said.comments["of"].to_numpy(np.int64),
        (said.comments["sentiment"] == NEGATIVE).to_numpy(float),
        minlength=said.size,
    )
    columns = [np.log1p(counts), np.log1p(negative)]
    for group in groups:
        if options.fewest <= group.inside.sum() <= said.size - options.fewest:
            columns.append(group.inside.astype(float))
    varying = [column for column in columns if column.std() > 0]
    return np.column_stack(varying) if varying else np.empty((said.size, 0))


def _verdict(
    folds: pd.DataFrame,
    log_loss: tuple[float, float, float],
    auc: tuple[float, float, float],
) -> Message:
    word = "little"
    if log_loss[1] > 0:
        word = "some"
    elif log_loss[2] < 0:
        word = "worse"
    # Rounded as it is said, and no zero with a minus.
    gain, low, high = (round(value, 2) + 0.0 for value in auc)
    details = {
        "auc": float(folds["auc"].mean()),
        "auc_text": float(folds["auc_text"].mean()),
        "gain": gain,
        "low": low,
        "high": high,
        "log_loss": log_loss[0],
        "log_loss_low": log_loss[1],
        "log_loss_high": log_loss[2],
    }
    return Message(f"feedback.joined.gain.{word}", details)
