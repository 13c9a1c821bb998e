"""The same result as Python that can be copied and run."""

from __future__ import annotations

from dataclasses import fields

from crm_analysis.analyses.churn.options import ChurnOptions, WindowOptions
from crm_analysis.options import Options

__all__ = ["code"]


def code(options: ChurnOptions, source: str = "customers.csv", windows: WindowOptions | None = None) -> str:
    """A script that loads `source` and predicts churn with these settings; with `windows`, from order lines.

    >>> print(code(ChurnOptions(model="logistic"), "orders.csv", WindowOptions(window_days=90)))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('orders.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    windows = crm.WindowOptions(window_days=90)
    churn = crm.predict_churn(crm.churn_examples(cleaned.table, windows), crm.ChurnOptions(model='logistic'))
    today = churn.apply(crm.current_customers(cleaned.table, windows))
    print(churn.summary(), churn.scores, today)
    """
    lines = ["import crm_analysis as crm", "", f"raw = crm.read_table({source!r})", "cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())"]
    if windows is None:
        lines.append(f"churn = crm.predict_churn(cleaned.table, crm.ChurnOptions({_said(options)}))")
        return "\n".join([*lines, "print(churn.summary(), churn.scores, churn.customers)"])
    lines += [
        f"windows = crm.WindowOptions({_said(windows)})",
        f"churn = crm.predict_churn(crm.churn_examples(cleaned.table, windows), crm.ChurnOptions({_said(options)}))",
        "today = churn.apply(crm.current_customers(cleaned.table, windows))",
    ]
    return "\n".join([*lines, "print(churn.summary(), churn.scores, today)"])


def _said(options: Options) -> str:
    """The settings that differ from what they would be unsaid."""
    return ", ".join(f"{field.name}={getattr(options, field.name)!r}" for field in fields(options) if getattr(options, field.name) != field.default)
