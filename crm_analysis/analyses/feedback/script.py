"""What the page read, as Python that reads it again."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.tables.script import Loading, script


def code(
    options: FeedbackOptions,
    *,
    loading: Loading,
    orders: Loading | None = None,
    customers: Loading | None = None,
    labels: Sequence[tuple[object, str]] = (),
) -> str:
    """The call of `read_feedback`, tables loaded as here, and the labels that were given by hand.

    `labels` are rows of the comments with "negative" or "positive".

    >>> loaded = (["comments = crm.read_table('comments.csv').table"], "comments")
    >>> print(code(FeedbackOptions(topics=4), loading=loaded, labels=[(3, "negative")]))
    import crm_analysis as crm
    <BLANKLINE>
    comments = crm.read_table('comments.csv').table
    labelled = comments.copy()
    for row, label in [(3, 'negative')]:
        labelled.loc[row, "label"] = label
    read = crm.read_feedback(labelled, crm.FeedbackOptions(topics=4))
    print(read.summary(), read.topics, read.aspects, read.months)
    """
    lines, table = list(loading[0]), loading[1]
    arguments = []
    for name, more in (("orders", orders), ("customers", customers)):
        if more is not None:
            lines += more[0]
            arguments.append(f"{name}={more[1]}")
    if labels:
        lines += [
            f"labelled = {table}.copy()",
            f"for row, label in {list(labels)!r}:",
            '    labelled.loc[row, "label"] = label',
        ]
        table = "labelled"
    call = ", ".join([table, f"crm.{options.in_python()}", *arguments])
    shown = "print(read.summary(), read.topics, read.aspects, read.months)"
    return script([*lines, f"read = crm.read_feedback({call})", shown])
