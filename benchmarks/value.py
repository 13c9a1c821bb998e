"""Customer value beside `lifetimes` 0.11.3: CPU seconds of the fits, whether both find the same parameters, and the whole estimate's memory.

Two kinds of a million customers, simulated from the published parameters: with ages in whole days, as a purchase summary gives them (equal
histories are grouped), and with no two histories alike. `lifetimes` holds back numpy and pandas, so it lives in an environment of its own:
CRM_LIFETIMES_PYTHON names that one's Python; without it only our own times are told. Every figure is taken in a process of its own.
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
print(json.dumps({"bgnbd": bgnbd, "gamma_gamma": time.process_time() - start, "parameters": {**dict(model.params_), **dict(spend.params_)}}))
"""

_OURS = """
import json, sys, time
import numpy as np, pandas as pd
from crm_analysis.analyses.value import fit_bgnbd, fit_gamma_gamma, fit_mbgnbd, fit_pareto_nbd
table = pd.DataFrame(dict(np.load(sys.argv[1])))
got = {"parameters": {}}
for name, fit in (("bgnbd", fit_bgnbd), ("gamma_gamma", fit_gamma_gamma), ("mbgnbd", fit_mbgnbd), ("pareto_nbd", fit_pareto_nbd)):
    start = time.process_time()
    model = fit(table)
    got[name] = time.process_time() - start
    if name in ("bgnbd", "gamma_gamma"):
        got["parameters"] |= dict(model.parameters)
print(json.dumps(got))
"""

_WHOLE = """
import json, resource, sys, time
import numpy as np, pandas as pd
from crm_analysis.analyses.value import ValueOptions, estimate_value
orders = pd.read_pickle(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
start, clock = time.process_time(), time.perf_counter()
value = estimate_value(orders, ValueOptions(horizon=26, holdout=19))
print(json.dumps({"cpu": time.process_time() - start, "wall": time.perf_counter() - clock, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
                  "loaded_gb": before, "customers": len(value.customers), "lines": len(orders), "model": value.model.name, "coverage": value.summary()["coverage"]}))
"""


def run(python: str, code: str, path: Path) -> dict:
    """The JSON that `code` prints, in a process of its own with one BLAS thread."""
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    alone["PYTHONPATH"] = str(Path(__file__).parents[1]) if python == sys.executable else ""
    done = subprocess.run(
        [python, "-c", code, str(path)], capture_output=True, text=True, env=alone, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def make_orders(customers: int, path: Path) -> None:
    """Order lines of customers simulated from known parameters, whole days."""
    table = simulate_purchases("bgnbd", KNOWN, customers, (27.0, 78.0), seed=1)
    rng = np.random.default_rng(2)
    x = table["frequency"].to_numpy()
    who = np.repeat(np.arange(customers), x + 1)
    first = np.r_[0, np.cumsum(x + 1)[:-1]]
    share = rng.random(len(who))
    share[first] = 0.0
    share[(first + x)[x > 0]] = 1.0
    age = 78.0 - table["T"].to_numpy()[who] + share * table["recency"].to_numpy()[who]
    dates = np.datetime64("2023-01-01", "ns") + (age * 7).astype(np.int64).astype(
        "timedelta64[D]"
    ).astype("timedelta64[ns]")
    scale = rng.gamma(SPEND["q"], 1 / SPEND["gamma"], customers)
    pd.DataFrame(
        {
            "customer": np.char.add("C", who.astype(str)).astype(object),
            "date": dates,
            "amount": rng.gamma(SPEND["p"], 1 / scale[who]),
        }
    ).to_pickle(path)


def main() -> list[Row]:
    """A row a fit and kind of customers, and the whole estimate."""
    rows = []
    other = os.environ.get("CRM_LIFETIMES_PYTHON", "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npz"
        for kind in ("whole days", "no two alike"):
            make_customers(path, whole_days=kind == "whole days")
            ours, peer = run(sys.executable, _OURS, path), run(other, _PEER, path) if other else {}
            note = (
                _same(ours["parameters"], peer["parameters"])
                if peer
                else "CRM_LIFETIMES_PYTHON is not set"
            )
            for name in ("bgnbd", "gamma_gamma", "mbgnbd", "pareto_nbd"):
                beside = ("lifetimes", peer[name], None, None, note) if name in peer else ()
                rows.append(Row(f"{name}, 1 M customers, {kind}", ours[name], *beside))
        path = Path(folder) / "orders.pkl"
        make_orders(WITH_INTERVALS, path)
        whole = run(sys.executable, _WHOLE, path)
        told = f"{whole['lines']:,} lines; {whole['wall']:.1f} s by the clock; model {whole['model']}; intervals cover {whole['coverage']:.1%}"
        rows.append(
            Row(
                "whole estimate with hold-out and intervals, 200,000 customers",
                whole["cpu"],
                memory=whole["peak_gb"] * 1074,
                note=told,
            )
        )
    return rows


def make_customers(path: Path, *, whole_days: bool) -> None:
    """Purchase summaries of a million simulated customers."""
    table = simulate_purchases("bgnbd", KNOWN, CUSTOMERS, (27.0, 39.0), seed=0)
    recency, age, x = (table[name].to_numpy() for name in ("recency", "T", "frequency"))
    if whole_days:
        age = np.ceil(age * 7) / 7
        recency = np.minimum(np.ceil(recency * 7) / 7, age)
    np.savez(path, frequency=x, recency=recency, T=age, monetary=simulate_spend(SPEND, x, 1))


def _same(ours: dict[str, float], theirs: dict[str, float]) -> str:
    """How far the parameters are apart."""
    theirs = {"gamma" if name == "v" else name: value for name, value in theirs.items()}
    apart = max(abs(ours[name] / theirs[name] - 1) for name in ours)
    return f"parameters within {apart:.3%}" if apart < 0.01 else f"NOT THE SAME: {apart:.1%} apart"
