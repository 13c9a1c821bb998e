"""Who is contacted and who is held out: drawn by chance, and the same whenever it is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require

_SCALE = float(2**64)


@dataclass(frozen=True, kw_only=True)
class ArmOptions(Options):
    """How customers are drawn into arms.

    - `holdout`: the share left alone.
    - `arms`: the names of those contacted, in equal parts; `control`: of those held out.
    - `strata`: columns within each of whose groups the shares hold.
    - `seed`: another draw.
    """

    holdout: float = share(0.1, high=0.9)
    arms: tuple[str, ...] = ("treated",)
    control: str = "holdout"
    strata: tuple[str, ...] = ()
    seed: int = knob(0, low=0, high=2**31 - 1)


def assign_arms(
    customers: pd.DataFrame, options: ArmOptions | None = None
) -> pd.DataFrame:
    """Each customer's arm, by a hash of the seed and their id.

    Without strata a customer's arm depends on nobody else: it stays when others join. With
    strata the shares hold within each of them, to a customer.

    Parameters
    ----------
    customers : pandas.DataFrame
        customer, a row each; the columns of the strata.
    options : ArmOptions, optional
        The share held out, the names of the arms, strata, seed.

    Returns
    -------
    pandas.DataFrame
        - customer : as given
        - arm : the name of their arm
        - the strata

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_column" (column) where a stratum is not there;
        "engagement.repeated_customers" (count).

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": [f"C{number}" for number in range(1000)]})
    >>> arms = assign_arms(customers, ArmOptions(holdout=0.1))
    >>> 70 < int((arms["arm"] == "holdout").sum()) < 130
    True
    >>> fewer = assign_arms(customers.head(10), ArmOptions(holdout=0.1))
    >>> fewer["arm"].tolist() == arms["arm"].head(10).tolist()
    True
    """
    options = options or ArmOptions()
    require(customers, "customer")
    for column in options.strata:
        if column not in customers.columns:
            raise AnalysisError("engagement.no_column", column=column)
    customers = customers[customers["customer"].notna()]
    repeated = int(customers["customer"].duplicated().sum())
    if repeated:
        raise AnalysisError("engagement.repeated_customers", count=repeated)
    draw = hashed(customers["customer"], options.seed)
    if options.strata:
        draw = _spread(customers, draw, options)
    shares = (1 - options.holdout) / len(options.arms)
    edges = options.holdout + shares * np.arange(len(options.arms))
    names = np.array([options.control, *options.arms], dtype=object)
    arms = names[np.searchsorted(edges, draw, side="right")]
    return customers[["customer", *options.strata]].assign(arm=arms)[
        ["customer", "arm", *options.strata]
    ]


def hashed(ids: Iterable[object], seed: int) -> np.ndarray:
    """A number from 0 to 1 for each id, as if drawn by chance, the same for the same seed."""
    prefix = f"{seed}:"
    digests = b"".join(
        hashlib.blake2b(f"{prefix}{name}".encode(), digest_size=8).digest()
        for name in ids
    )
    return np.frombuffer(digests, dtype=">u8").astype(float) / _SCALE


def _spread(
    customers: pd.DataFrame, draw: np.ndarray, options: ArmOptions
) -> np.ndarray:
    """The draws as ranks within each stratum, evenly spread from 0 to 1.

    Each stratum begins where the last one ended, so that small ones add up to the shares too.
    """
    groups = customers.groupby(list(options.strata), dropna=False, sort=True)
    stratum = groups.ngroup().to_numpy()
    order = np.lexsort((draw, stratum))
    size = np.bincount(stratum)
    begins = np.concatenate([[0], np.cumsum(size)[:-1]])
    rank = np.empty(len(draw))
    rank[order] = np.arange(len(draw)) - begins[stratum[order]]
    # A stratum's own offset, as random as its draws, decides who rounds up.
    offset = hashed(
        [f"stratum {number}" for number in range(len(size))], options.seed
    )
    return ((rank + offset[stratum]) / size[stratum]) % 1.0
