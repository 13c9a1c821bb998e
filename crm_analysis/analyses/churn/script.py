"""The same result as Python that can be copied and run."""

from __future__ import annotations

from crm_analysis.analyses.churn.options import ChurnOptions, WindowOptions
from crm_analysis.options import Options
from crm_analysis.tables.script import Loading, guessed, script


def code(
    options: ChurnOptions,
    source: str = "customers.csv",
    windows: WindowOptions | None = None,
    *,
    loading: Loading | None = None,
    contacts: Loading | None = None,
    searched: Options | None = None,
) -> str:
    """A script that loads a table and predicts churn with these settings.

    `source` is loaded, or a table by the lines of `loading`; with `windows`, it is of order lines.
    `contacts` loads the table of customers that says how those who ordered are reached; `searched`
    are the settings that the search comes to, which a remark says.

    >>> print(code(ChurnOptions(model="logistic"), "orders.csv", WindowOptions(window_days=90)))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('orders.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    windows = crm.WindowOptions(window_days=90)
    examples = crm.churn_examples(cleaned.table, windows)
    churn = crm.predict_churn(examples, crm.ChurnOptions(model='logistic'))
    today = churn.apply(crm.current_customers(cleaned.table, windows))
    print(churn.summary(), churn.scores, today)
    """
    loaded, table = loading or guessed(source)
    remark = (
        []
        if searched is None
        else [f"# The search chooses {searched.in_python()}."]
    )
    if windows is None:
        return script(
            [
                *loaded,
                *remark,
                f"churn = crm.predict_churn({table}, crm.{options.in_python()})",
                "print(churn.summary(), churn.scores, churn.customers)",
            ]
        )
    lines = [
        *loaded,
        f"windows = crm.{windows.in_python()}",
        f"examples = crm.churn_examples({table}, windows)",
        *remark,
        f"churn = crm.predict_churn(examples, crm.{options.in_python()})",
        f"today = churn.apply(crm.current_customers({table}, windows))",
    ]
    if contacts is not None:
        reached, people = contacts
        lines += [
            *reached,
            "from crm_analysis.analyses.churn import with_contacts",
            f"today = with_contacts(today, {people})",
        ]
    return script([*lines, "print(churn.summary(), churn.scores, today)"])
