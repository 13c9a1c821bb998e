"""How many of the next customers each cell of a test gets: by the chance that it is the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betainc, betaincinv

from crm_analysis.analyses.strategy.figures import (
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share

_NODES = 500  # of the quadrature of Beta distributions
_FEW = 20  # customers of a cell


@dataclass(frozen=True, kw_only=True)
class CellOptions(Options):
    """What came of it, what that is worth, and how many customers are next.

    - `outcomes`: the columns that count what came of it. (): all columns of numbers but customers.
    - `worth`: of each outcome, in their order, in money or points. (): the first counts 1, the
      others 0.
    - `customers`: how many are to be shared among the cells next.
    - `floor`: the least share of each cell, so that none is given up.
    - `prior`: how many customers are assumed for each outcome beforehand.
    - `draws`: from what is known, where the chance of being best has no formula.
    """

    outcomes: tuple[str, ...] = ()
    worth: tuple[float, ...] = ()
    customers: int = knob(1_000, low=0, high=1_000_000_000)
    floor: float = share(0.0, high=0.5)
    prior: float = knob(1.0, low=0.01, high=100.0, advanced=True)
    draws: int = knob(20_000, low=1_000, high=1_000_000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class CellShares:
    """How the cells compare, and who gets how many next.

    - `cells`: a row a cell, in the order given.
        - `cell` : its name
        - `customers` : who were in it
        - `worth` : expected of a customer, in the unit of the worths
        - `lo`, `hi` : where it lies with 95 %
        - `best` : the chance that no other cell's is higher
        - `loss` : what a customer would lose on average, were this cell chosen for all
        - `next` : of the next customers
    - `outcomes`: a row a cell and outcome.
        - `cell`, `outcome`, `count` : as given
        - `share` : expected of the next customer
    - `notes`: what to say of it.
    """

    cells: pd.DataFrame
    outcomes: pd.DataFrame
    notes: tuple[Message, ...]
    options: CellOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: cells, best (the highest chance), loss (of that cell), customers."""
        leader = self.cells.loc[self.cells["best"].idxmax()]
        return {
            "cells": float(len(self.cells)),
            "best": float(leader["best"]),
            "loss": float(leader["loss"]),
            "customers": float(self.cells["customers"].sum()),
        }


def share_cells(
    cells: pd.DataFrame, options: CellOptions | None = None
) -> CellShares:
    """The next customers of a test, shared by the chance of each cell to be the best (Thompson).

    What comes of a customer is one of several outcomes; what is known of their shares in a cell is
    a Dirichlet, the counts added to the prior (Dirichlet-multinomial). With two outcomes that is a
    Beta, and the chance of being the best an integral; with more it is drawn.

    Parameters
    ----------
    cells
        A row a cell: `cell` (or `arm`, or `variant`), and a column of counts for each outcome,
        among them that nothing came of it.
    options
        The outcomes, what they are worth, how many customers are next.

    Returns
    -------
    CellShares
        `.cells` with chances and the next customers, `.outcomes`.

    Raises
    ------
    AnalysisError
        "strategy.cells.no_column", "strategy.cells.no_cells", "strategy.cells.repeated",
        "strategy.cells.one_outcome", "strategy.cells.counts", "strategy.cells.worth",
        "strategy.cells.floor" where there is nothing to share by.

    References
    ----------
    Thompson (1933), Biometrika 25; Russo et al. (2018), A tutorial on Thompson sampling.

    Examples
    --------
    >>> cells = pd.DataFrame({"cell": ["A", "B"], "bought": [1, 0], "nothing": [0, 0]})
    >>> shares = share_cells(cells, CellOptions(customers=300))
    >>> shares.cells[["cell", "best", "next"]].round(4)
      cell    best  next
    0    A  0.6667   200
    1    B  0.3333   100
    """
    options = options or CellOptions()
    name, outcomes, counts = _check(cells, options)
    worth = _worths(outcomes, options)
    alpha = counts + options.prior
    share = alpha / alpha.sum(axis=1, keepdims=True)
    draws = _draws(alpha, worth, options)
    best = _best_of_betas(alpha, worth) if _is_beta(worth) else _best_of(draws)
    names = cells[name].astype(str).to_numpy()
    lo, hi = np.quantile(draws, [0.025, 0.975], axis=0)
    table = pd.DataFrame(
        {
            "cell": names,
            "customers": counts.sum(axis=1),
            "worth": share @ worth,
            "lo": lo,
            "hi": hi,
            "best": best,
            "loss": (draws.max(axis=1, keepdims=True) - draws).mean(axis=0),
            "next": _next(best, options),
        }
    )
    long = pd.DataFrame(
        {
            "cell": np.repeat(names, len(outcomes)),
            "outcome": np.tile(outcomes, len(names)),
            "count": counts.ravel(),
            "share": share.ravel(),
        }
    )
    return CellShares(table, long, tuple(_remarks(table)), options)


def _check(
    cells: pd.DataFrame, options: CellOptions
) -> tuple[str, list[str], np.ndarray]:
    """The column of names, those of outcomes, and the counts (cells, outcomes)."""
    check_table(cells)
    name = next((w for w in ("cell", "arm", "variant") if w in cells), "cell")
    check_names(cells, name)
    outcomes = list(options.outcomes) or [
        str(column)
        for column in cells.select_dtypes("number").columns
        if column not in (name, "customers")
    ]
    for column in (name, *outcomes):
        if column not in cells:
            raise AnalysisError("strategy.cells.no_column", column=column)
    if cells.empty:
        raise AnalysisError("strategy.cells.no_cells")
    if cells[name].isna().any() or cells[name].duplicated().any():
        raise AnalysisError("strategy.cells.repeated")
    if len(set(outcomes)) < 2:
        raise AnalysisError("strategy.cells.one_outcome")
    counts = np.column_stack([figures_of(cells[column]) for column in outcomes])
    wrong = int((~(np.isfinite(counts) & (counts >= 0))).sum())
    if wrong:
        raise AnalysisError("strategy.cells.counts", count=wrong)
    if options.floor * len(cells) > 1:
        raise AnalysisError(
            "strategy.cells.floor", floor=options.floor, cells=len(cells)
        )
    return name, outcomes, counts


def _worths(outcomes: list[str], options: CellOptions) -> np.ndarray:
    if not options.worth:
        return np.append(1.0, np.zeros(len(outcomes) - 1))
    worth = np.asarray(options.worth, dtype=float)
    if len(worth) != len(outcomes) or not np.isfinite(worth).all():
        raise AnalysisError(
            "strategy.cells.worth", count=len(worth), outcomes=outcomes
        )
    return worth


def _is_beta(worth: np.ndarray) -> bool:
    """Whether only one outcome counts: then the others add up, and its share is a Beta."""
    return (
        len(np.unique(worth)) == 2 and 1 in np.unique(worth, return_counts=True)[1]
    )


def _best_of_betas(alpha: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The chance of each cell to have the highest worth, where one outcome differs from the rest.

    The integral of its density times the others' distribution functions, over its own quantiles
    (Gauss-Legendre).
    """
    values, count = np.unique(worth, return_counts=True)
    single = values[count.argmin()]
    chosen = worth == single
    yes, no = alpha[:, chosen].sum(axis=1), alpha[:, ~chosen].sum(axis=1)
    if single < values.max():  # then the best has least of it
        yes, no = no, yes
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    place, weight = (nodes + 1) / 2, weights / 2
    best = np.empty(len(yes))
    for cell in range(len(yes)):
        quantiles = betaincinv(yes[cell], no[cell], place)
        below = betainc(yes[:, None], no[:, None], quantiles)
        below[cell] = 1.0
        best[cell] = weight @ below.prod(axis=0)
    return best / best.sum()


def _draws(
    alpha: np.ndarray, worth: np.ndarray, options: CellOptions
) -> np.ndarray:
    """Worths that may be the true ones (draws, cells)."""
    random = np.random.default_rng(options.seed)
    return np.column_stack(
        [random.dirichlet(cell, options.draws) @ worth for cell in alpha]
    )


def _best_of(draws: np.ndarray) -> np.ndarray:
    """How often each cell is the best of a draw; of equal ones each has its part."""
    most = draws.max(axis=1, keepdims=True)
    highest = draws >= most - 1e-12 * np.abs(most)
    return (highest / highest.sum(axis=1, keepdims=True)).mean(axis=0)


def _next(best: np.ndarray, options: CellOptions) -> np.ndarray:
    """Whole customers by the chances, no cell below the floor; largest remainders get the rest."""
    share = options.floor + (1 - options.floor * len(best)) * best
    exact = share * options.customers
    whole = np.floor(exact + 1e-9).astype(np.int64)
    rest = options.customers - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:rest]] += 1
    return whole


def _remarks(table: pd.DataFrame) -> list[Message]:
    leader = table.loc[table["best"].idxmax()]
    details = {"cell": leader["cell"], "best": float(leader["best"])}
    notes = [Message("strategy.cells.note.best", details)] if len(table) > 1 else []
    few = table.loc[table["customers"] < _FEW, "cell"].tolist()
    if few:
        notes.append(
            Message("strategy.cells.note.few", {"cells": few, "fewest": _FEW})
        )
    return notes
