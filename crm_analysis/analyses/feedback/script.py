"""What the page computed, as Python that computes it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm_analysis.options import Options
from crm_analysis.tables.script import script


def code(
    verb: str,
    options: Options,
    given: Sequence[str],
    *,
    before: Sequence[str] = (),
    named: Mapping[str, str] | None = None,
    after: Sequence[str] = (),
) -> str:
    """The call of a public verb with the tables and options of the page.

    `given` and `named` are its tables, made by the lines of `before`; `after` goes on with its
    `result`.

    >>> from crm_analysis.analyses.feedback.options import FeedbackOptions
    >>> print(code("read_feedback", FeedbackOptions(topics=3), ["table"]))
    import crm_analysis as crm
    <BLANKLINE>
    result = crm.read_feedback(table, crm.FeedbackOptions(topics=3))
    print(result.summary())
    """
    own = [*given, f"crm.{options.in_python()}"]
    own += [f"{name}={table}" for name, table in (named or {}).items()]
    call = f"result = crm.{verb}({', '.join(own)})"
    return script([*before, call, *(after or ["print(result.summary())"])])
