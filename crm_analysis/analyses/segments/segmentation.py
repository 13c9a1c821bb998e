"""From customers and options to segments: what is computed once, and what follows a slider."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from crm_analysis.analyses.customers import check_one_row_each, kind_of
from crm_analysis.analyses.segments.methods import METHODS, Prepared, method_of
from crm_analysis.analyses.segments.methods.kmeans import KMeansOptions
from crm_analysis.analyses.segments.result import Segments, assemble
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.options import Options
from crm_analysis.tables.threads import one_thread


def segment(
    customers: pd.DataFrame,
    options: Options | None = None,
    *,
    progress: Progress = no_progress,
) -> Segments:
    """Customers in segments.

    Parameters
    ----------
    customers
        A row a customer, from `describe_customers` (or any frame with `customer` and columns to
        compare by).
    options
        The method and its settings, one of `RFMOptions`, `KMeansOptions`,
        `MiniBatchKMeansOptions`, `DBSCANOptions`, `HDBSCANOptions`, `GaussianMixtureOptions`,
        `AgglomerativeOptions`. Default: k-means with everything chosen for you.

    Returns
    -------
    Segments
        See there. The same seed gives the same answer.

    Raises
    ------
    AnalysisError
        `data.missing_role` without customers, `customers.no_customers`; `segments.order_lines` for
        order lines, `customers.repeated` for customers with several rows; `segments.no_features`,
        `segments.nothing_differs`, `segments.missing_feature`, `segments.not_numbers` where there
        is nothing to compare by; `segments.too_few_customers`, `segments.too_few_distinct` where
        more segments are asked for than there are different customers; `segments.needs_orders`
        for RFM without orders.
    ValueError
        Options of something else.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": list("ABCDEF"), "age": [20, 21, 22, 60, 61, 62]})
    >>> segments = segment(people, KMeansOptions(clusters=2))
    >>> segments.customers["segment"].tolist(), segments.summary()["segments"]
    ([1, 1, 1, 0, 0, 0], 2)
    """
    options = options or KMeansOptions()
    return segment_prepared(prepare(customers, options, progress=progress), options)


def prepare(
    customers: pd.DataFrame,
    options: Options | None = None,
    *,
    progress: Progress = no_progress,
) -> Prepared:
    """All that can be computed before the number of segments, or DBSCAN's radius, is known.

    Kept for `segment_prepared`, moving a slider is quick. Parameters and errors as `segment`.
    """
    options = options or KMeansOptions()
    method = METHODS[method_of(options)]
    if "customer" not in customers.columns:
        raise AnalysisError("data.missing_role", role="customer")
    if customers.empty:
        raise AnalysisError("customers.no_customers")
    if (
        customers["customer"].dropna().duplicated().any()
        and kind_of(customers) == "transactions"
    ):
        raise AnalysisError("segments.order_lines", rows=len(customers))
    check_one_row_each(customers)
    with one_thread():
        prepared = method.prepare(customers, options, progress)
    progress(1.0, "segments.step.done")
    return prepared


def segment_prepared(
    prepared: Prepared, options: Options | None = None
) -> Segments:
    """Segments of what was prepared, with these options; by default those it was prepared with.

    Parameters
    ----------
    prepared
        What `prepare` gave.
    options
        The same options but the number of segments (DBSCAN: the radius).

    Returns
    -------
    Segments
        As `segment` of the same customers and options.

    Raises
    ------
    ValueError
        Other options than it was prepared with.
    """
    options = options or prepared.options
    method = METHODS[method_of(options)]
    same_method = type(options) is type(prepared.options)
    moved = {name: getattr(options, name) for name in method.SLIDER}
    if not same_method or prepared.options.replace(**moved) != options:
        raise ValueError(
            f"prepared with {prepared.options.in_python()}, not {options.in_python()}"
        )
    with one_thread():
        return assemble(
            replace(prepared, options=options), method.assign(prepared, options)
        )
