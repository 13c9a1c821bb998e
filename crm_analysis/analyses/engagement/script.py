"""What the page computed, as Python that computes it again."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.options import Options
from crm_analysis.tables.script import Loading, script


def code(
    verb: str,
    options: Options,
    *,
    loading: Sequence[Loading] = (),
    given: Sequence[str] = (),
    before: Sequence[str] = (),
) -> str:
    """The call of a public verb: tables loaded as here, and the options that were chosen.

    `loading` loads the tables the verb takes first; `given` are further arguments, made by the
    lines of `before`.

    >>> from crm_analysis.analyses.engagement.plan import TestOptions
    >>> print(code("plan_test", TestOptions(effect=0.01)))
    import crm_analysis as crm
    <BLANKLINE>
    result = crm.plan_test(crm.TestOptions(effect=0.01))
    print(result)
    """
    lines = [line for loaded, _ in loading for line in loaded]
    arguments = [
        *(table for _, table in loading),
        *given,
        f"crm.{options.in_python()}",
    ]
    call = f"result = crm.{verb}({', '.join(arguments)})"
    return script([*lines, *before, call, "print(result)"])
