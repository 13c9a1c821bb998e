"""Customer value beside `lifetimes` 0.11.3: CPU seconds of the fits, and the estimate's memory.

Whether both find the same parameters is checked. There are two kinds of a million customers,
simulated from the published parameters: with ages in whole days, as a purchase summary gives them
(equal histories are grouped), and with no two histories alike. `lifetimes` holds back numpy and
pandas, so it lives in an environment of its own: CRM_LIFETIMES_PYTHON names that one's Python;
without it only our own times are there. Every figure is taken in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Row
from crm_analysis.analyses.value import simulate_purchases, simulate_spend

CUSTOMERS = 1_000_000
WITH_INTERVALS = 200_000
KNOWN = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}

_PEER = """
import json, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter, GammaGammaFitter
data = np.load(sys.argv[1])
start = time.process_time()
model = BetaGeoFitter().fit(data["frequency"], data["recency"], data["T"])
bgnbd = time.process_time() - start
some = data["frequency"] > 0
start = time.process_time()
spend = GammaGammaFitter().fit(data["frequency"][some], data["monetary"][some])
gamma_gamma = time.process_time() - start
parameters = {**dict(model.params_), **dict(spend.params_)}
print(json.dumps({"bgnbd": bgnbd, "gamma_gamma": gamma_gamma, "parameters": parameters}))
"""

_OURS = """
import json, sys, time
import numpy as np, pandas as pd
from crm_analysis.analyses.value import fit_bgnbd, fit_gamma_gamma, fit_mbgnbd, fit_pareto_nbd
table = pd.DataFrame(dict(np.load(sys.argv[1])))
times, parameters = {}, {}
for fit in (fit_bgnbd, fit_gamma_gamma, fit_mbgnbd, fit_pareto_nbd):
    start = time.process_time()
    model = fit(table)
    times[model.name] = time.process_time() - start
    if model.name in ("bgnbd", "gamma_gamma"):
        parameters |= dict(model.parameters)
print(json.dumps({**times, "parameters": parameters}))
"""

_WHOLE = """
import json, resource, sys, time
import numpy as np, pandas as pd
from crm_analysis.analyses.value import ValueOptions, estimate_value
orders = pd.read_pickle(sys.argv[1])
start, clock = time.process_time(), time.perf_counter()
value = estimate_value(orders, ValueOptions(horizon=26, holdout=19))
print(json.dumps({
    "cpu": time.process_time() - start,
    "wall": time.perf_counter() - clock,
    "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    "lines": len(orders),
    "model": value.model.name,
    "coverage": value.summary()["coverage"],
}))
"""


def run(python: str, code: str, path: Path) -> dict:
    """The JSON that `code` prints, in a process of its own with one BLAS thread."""
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    alone["PYTHONPATH"] = (
        str(Path(__file__).parents[1]) if python == sys.executable else ""
    )
    done = subprocess.run(
        [python, "-c", code, str(path)],
        capture_output=True,
        text=True,
        env=alone,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def make_orders(customers: int, path: Path) -> None:
    """Order lines of customers simulated from known parameters, whole days."""
    table = simulate_purchases("bgnbd", KNOWN, customers, (27.0, 78.0), seed=1)
    rng = np.random.default_rng(2)
    repeats = table["frequency"].to_numpy()
    customer = np.repeat(np.arange(customers), repeats + 1)
    first = np.r_[0, np.cumsum(repeats + 1)[:-1]]
    # The first order at age 0, the last at the customer's recency, the others between.
    share = rng.random(len(customer))
    share[first] = 0.0
    share[(first + repeats)[repeats > 0]] = 1.0
    start = 78.0 - table["T"].to_numpy()[customer]
    weeks = start + share * table["recency"].to_numpy()[customer]
    days = (weeks * 7).astype(np.int64).astype("timedelta64[D]")
    scale = rng.gamma(SPEND["q"], 1 / SPEND["gamma"], customers)
    orders = pd.DataFrame(
        {
            "customer": np.char.add("C", customer.astype(str)).astype(object),
            "date": np.datetime64("2023-01-01", "ns")
            + days.astype("timedelta64[ns]"),
            "amount": rng.gamma(SPEND["p"], 1 / scale[customer]),
        }
    )
    orders.to_pickle(path)


def main() -> list[Row]:
    """A row a fit and kind of customers, and the whole estimate."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npz"
        for kind in ("whole days", "no two alike"):
            make_customers(path, whole_days=kind == "whole days")
            rows += fits(path, kind)
        path = Path(folder) / "orders.pkl"
        make_orders(WITH_INTERVALS, path)
        whole = run(sys.executable, _WHOLE, path)
    note = f"{whole['lines']:,} lines; {whole['wall']:.1f} s by the clock; "
    note += f"model {whole['model']}; intervals cover {whole['coverage']:.1%}"
    rows.append(
        Row(
            "whole estimate with hold-out and intervals, 200,000 customers",
            whole["cpu"],
            memory=whole["peak_gb"] * 1074,
            note=note,
        )
    )
    return rows


def fits(path: Path, kind: str) -> list[Row]:
    """A row a model, beside `lifetimes` where there is one."""
    other = os.environ.get("CRM_LIFETIMES_PYTHON", "")
    ours = run(sys.executable, _OURS, path)
    peer, note = {}, "CRM_LIFETIMES_PYTHON is not set"
    if other:
        peer = run(other, _PEER, path)
        note = _same(ours["parameters"], peer["parameters"])
    rows = []
    for name in ("bgnbd", "gamma_gamma", "mbgnbd", "pareto_nbd"):
        beside = ("lifetimes", peer[name], None, None, note) if name in peer else ()
        rows.append(Row(f"{name}, 1 M customers, {kind}", ours[name], *beside))
    return rows


def make_customers(path: Path, *, whole_days: bool) -> None:
    """Purchase summaries of a million simulated customers."""
    table = simulate_purchases("bgnbd", KNOWN, CUSTOMERS, (27.0, 39.0), seed=0)
    recency, age, x = (
        table[name].to_numpy() for name in ("recency", "T", "frequency")
    )
    if whole_days:
        age = np.ceil(age * 7) / 7
        recency = np.minimum(np.ceil(recency * 7) / 7, age)
    np.savez(
        path,
        frequency=x,
        recency=recency,
        T=age,
        monetary=simulate_spend(SPEND, x, 1),
    )


def _same(ours: dict[str, float], theirs: dict[str, float]) -> str:
    """How far the parameters are apart."""
    theirs = {
        "gamma" if name == "v" else name: value for name, value in theirs.items()
    }
    apart = max(abs(ours[name] / theirs[name] - 1) for name in ours)
    return (
        f"parameters within {apart:.3%}"
        if apart < 0.01
        else f"NOT THE SAME: {apart:.1%} apart"
    )
