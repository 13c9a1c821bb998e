"""Reading a test of a million customers beside tea-tasting; learning whom a contact changes.

CPU seconds, not wall time: `read_test` of five outcomes (two of yes and no, three amounts) with all
that it gives beside (bootstrap, winsorised, Fieller, checks) against tea-tasting's means of the
same; `uplift` by two logistic models in five folds with 300 bootstraps on 21,000 customers, as in
Hillstrom's test of e-mails.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import crm_analysis as crm
from benchmarks.measure import Row, apart

ROWS = int(os.environ.get("ENGAGEMENT_ROWS", "1000000"))
OUTCOMES = ("visit", "bought", "spend", "margin", "minutes")


def make_trial(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Two arms and five outcomes."""
    rng = np.random.default_rng(seed)
    treated = rng.random(rows) < 0.5
    visit = rng.random(rows) < np.where(treated, 0.12, 0.10)
    bought = visit & (rng.random(rows) < 0.3)
    spend = bought * rng.gamma(2, 30, rows)
    return pd.DataFrame(
        {
            "arm": np.where(treated, "treated", "control"),
            "visit": visit.astype(int),
            "bought": bought.astype(int),
            "spend": spend,
            "margin": 0.3 * spend - 0.1,
            "minutes": visit * rng.gamma(2, 3, rows),
        }
    )


def _cpu(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def reading() -> tuple[float, float]:
    """CPU seconds of ours and of tea-tasting's, the better of three."""
    import tea_tasting as tt

    warnings.simplefilter("ignore")
    table = make_trial()
    options = crm.ReadTestOptions(outcomes=OUTCOMES, covariates=())
    experiment = tt.Experiment(
        {name: tt.Mean(name) for name in OUTCOMES}, variant="arm"
    )
    crm.read_test(table.head(2000), options)
    experiment.analyze(table.head(2000), control="control")
    ours = min(_cpu(lambda: crm.read_test(table, options)) for _ in range(3))
    peer = min(
        _cpu(lambda: experiment.analyze(table, control="control")) for _ in range(3)
    )
    return ours, peer


def learning() -> float:
    """CPU seconds of the default uplift."""
    rng = np.random.default_rng(0)
    rows = 21_000
    table = make_trial(rows)[["arm", "visit"]].assign(
        recency=rng.integers(1, 12, rows),
        history=rng.gamma(2, 100, rows),
        web=rng.integers(0, 2, rows),
        zip=rng.choice(["rural", "urban", "suburban"], rows),
        channel=rng.choice(["web", "phone", "both"], rows),
        segment=rng.choice(list("abcdefg"), rows),
    )
    crm.uplift(table.head(1000), crm.UpliftOptions(outcome="visit", draws=50))
    return _cpu(lambda: crm.uplift(table, crm.UpliftOptions(outcome="visit")))


def main() -> list[Row]:
    """A line for each question."""
    (ours, peer), learnt = apart(reading).result, apart(learning).result
    return [
        Row(
            f"read_test, {ROWS:,} × {len(OUTCOMES)}",
            ours,
            "tea-tasting 1.14",
            peer,
            note=f"CPU; {ours / peer:.2f} of the peer's",
        ),
        Row("uplift, t, 21,000 customers, 300 bootstraps", learnt, note="CPU"),
    ]
