"""A table of persons that may be given away: nobody in it can be told from k − 1 others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.privacy.columns import PERSON, require_columns
from crm_analysis.privacy.disclosure import (
    Disclosure,
    Distance,
    disclosure,
    has_order,
    ordered_codes,
)
from crm_analysis.privacy.generalising import Generalised
from crm_analysis.privacy.mondrian import Rows, Rule, partition

Hierarchies = Mapping[str, Sequence[Mapping[Any, Any]]]


@dataclass(frozen=True, kw_only=True)
class AnonymityOptions(Options):
    """What is told of whom.

    - `quasi`: the columns that somebody may know of a person from elsewhere: age, city, first
      purchase …; they are made coarser
    - `sensitive`: the column nobody is to learn of a person; None: there is none
    - `k`: how many rows look alike at least
    - `l`: how many different sensitive values they have at least
    - `t`: how far their sensitive values are from those of all at most, 0 to 1; 1: any distance
    """

    quasi: tuple[str, ...] = knob(())
    sensitive: str | None = knob(None)
    k: int = knob(5, low=2, high=1000)
    l: int = knob(2, low=1, high=100)  # noqa: E741  # the letter of the literature
    t: float = knob(1.0, low=0.0, high=1.0, step=0.05, advanced=True)


@dataclass(frozen=True, eq=False)
class Anonymous:
    """A table in which nobody can be told from others.

    Attributes
    ----------
    table
        A row a row of what was given, the quasi-identifiers as text: what all rows of its class
        have in common (a range, a month, a region). Only they and the sensitive column are in it.
    report
        How well persons are hidden in it.
    lost
        The share of information that is lost: the global certainty penalty (Ghinita et al. 2007),
        0 where nothing was made coarser, 1 where each class spans everything.
    left_out
        The columns that are not in the table, because they may name persons.
    options
        As given.
    """

    table: pd.DataFrame
    report: Disclosure
    lost: float
    left_out: tuple[str, ...]
    options: AnonymityOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: rows, classes, k, l, t, lost, average_risk, highest_risk."""
        report = self.report
        return {
            "rows": report.rows,
            "classes": report.classes,
            "k": report.k,
            "l": report.l,
            "t": report.t,
            "lost": self.lost,
            "average_risk": report.average_risk,
            "highest_risk": report.highest_risk,
        }

    def worst_case(self) -> Message:
        """What somebody who knows much of a person can find out, in words."""
        report = self.report
        if report.l is None:
            return Message("privacy.worst_case", {"k": report.k})
        return Message(
            "privacy.worst_case_sensitive",
            {"k": report.k, "l": report.l, "column": self.options.sensitive},
        )


def anonymise(
    table: pd.DataFrame,
    options: AnonymityOptions,
    *,
    hierarchies: Hierarchies | None = None,
) -> Anonymous:
    """A table of persons in which each is hidden among k.

    Parameters
    ----------
    table
        A row a person.
    options
        Which columns are quasi-identifiers, which one is sensitive, and k, l, t.
    hierarchies
        Of a column what its values belong to, step by step from the finest: of cities
        `[{"Lyon": "Rhône", …}, {"Rhône": "France", …}]`. Dates need none: they become months,
        quarters and years.

    Returns
    -------
    Anonymous
        The table, how well persons are hidden in it, and what is lost.

    Raises
    ------
    AnalysisError
        "privacy.no_quasi"; "privacy.unknown_column" (name, columns); "privacy.several_rows"
        (rows, persons): a person has several rows, as in orders, which by their number and
        pattern tell who it is however coarse each is; "privacy.too_few_rows" (rows, k);
        "privacy.too_few_values" (values, l, column): the sensitive column has fewer values than
        each class needs.

    Notes
    -----
    Strict Mondrian (LeFevre, DeWitt & Ramakrishnan 2006), k-anonymity (Sweeney 2002), distinct
    l-diversity (Machanavajjhala et al. 2007), t-closeness (Li et al. 2007). No row is dropped.
    k-anonymity protects from those who know the quasi-identifiers only; who knows more, or has
    two such tables of the same persons, may find out more.

    Examples
    --------
    >>> people = pd.DataFrame({"age": [31, 34, 52, 58], "spent": [10.0, 20.0, 30.0, 40.0]})
    >>> hidden = anonymise(people, AnonymityOptions(quasi=("age",), sensitive="spent", k=2))
    >>> hidden.table["age"].tolist(), hidden.report.k
    (['31–34', '31–34', '52–58', '52–58'], 2)
    """
    _check(table, options)
    columns = [
        Generalised(table[name], (hierarchies or {}).get(name, ()))
        for name in options.quasi
    ]
    classes = partition(
        np.column_stack([column.codes for column in columns]),
        _rule(table, options),
    )
    hidden = pd.DataFrame(
        {column.name: _written(column, classes, len(table)) for column in columns},
        index=table.index,
    )
    kept = [*options.quasi]
    if options.sensitive is not None:
        hidden[options.sensitive] = table[options.sensitive]
        kept.append(options.sensitive)
    return Anonymous(
        hidden,
        disclosure(hidden, list(options.quasi), options.sensitive),
        float(np.mean([column.lost(classes) for column in columns])),
        tuple(str(name) for name in table.columns if name not in kept),
        options,
    )


def _check(table: pd.DataFrame, options: AnonymityOptions) -> None:
    if not options.quasi:
        raise AnalysisError("privacy.no_quasi")
    require_columns(table, [*options.quasi, options.sensitive])
    if PERSON in table.columns:
        persons = table[PERSON].nunique()
        if persons < table[PERSON].notna().sum():
            raise AnalysisError(
                "privacy.several_rows", rows=len(table), persons=persons
            )
    if len(table) < options.k:
        raise AnalysisError("privacy.too_few_rows", rows=len(table), k=options.k)


def _rule(table: pd.DataFrame, options: AnonymityOptions) -> Rule:
    if options.sensitive is None:
        return Rule(options.k)
    column = table[options.sensitive]
    codes = ordered_codes(column)
    values = len(np.unique(codes))
    if values < options.l:
        raise AnalysisError(
            "privacy.too_few_values",
            values=values,
            l=options.l,
            column=options.sensitive,
        )
    away = None
    if options.t < 1:
        away = Distance(codes, is_ordered=has_order(column))
    return Rule(options.k, options.l, codes, options.t, away)


def _written(
    column: Generalised, classes: Sequence[Rows], count: int
) -> NDArray[np.object_]:
    texts = np.empty(count, dtype=object)
    sizes = [len(rows) for rows in classes]
    labels = np.array(column.written(classes), dtype=object)
    texts[np.concatenate(classes)] = np.repeat(labels, sizes)
    return texts
