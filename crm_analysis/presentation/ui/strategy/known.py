"""What the other pages know of each customer, joined: value, risk, contacts, segment, group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    ChurnOptions,
    WindowOptions,
    churn_examples,
    is_number,
    people_at_risk,
    predict_churn,
    worth_column,
)
from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.engagement import (
    attributes_of,
    currencies_in,
    likely_outcomes,
)
from crm_analysis.analyses.strategy import (
    SPENDING,
    join_customers,
    recent_contacts,
    spending_tiers,
)
from crm_analysis.analyses.value import (
    Value,
    ValueOptions,
    estimate_from_fit,
    fit_value,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.ui import (
    Answer,
    choose_kind,
    column_name,
    in_python,
    loaded,
    plain,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.tables.script import Loading

_LATELY = 30  # days
_RISK = ChurnOptions(model="logistic")
_TAKEN = ("customer", "churned", "arm", "outcome", "line")


@dataclass(frozen=True)
class Source:
    """What the page works with: orders or a table of customers, and what else is loaded.

    `numbered`: whether the customers have no name, so that their rows are counted.
    """

    kind: str
    orders: Answer[pd.DataFrame] | None
    customers: Answer[pd.DataFrame] | None
    contacts: Answer[pd.DataFrame] | None
    numbered: bool = False

    def attributes(self) -> list[str]:
        """The columns of the customers that hardly change, by which they may be grouped."""
        if self.customers is None:
            return []
        came = outcomes_of(self.customers.value)
        attributes = attributes_of(self.customers.value)
        return [name for name in attributes if name not in came]


@dataclass(frozen=True)
class Known:
    """The customers to plan for.

    - `people`: a row each; `columns`: what of them is called value, basket and so on.
    - `python`: the lines that make `people`; `remarks`: what is not known, and why.
    """

    people: Answer[pd.DataFrame]
    columns: dict[str, str]
    python: list[str]
    remarks: list[Message]
    tables: dict[str, str] = field(
        default_factory=dict
    )  # what they are called in Python


def source() -> Source:
    """The loaded tables; of orders and customers, the one that was chosen."""
    kind = choose_kind("strategy", "strategy.page.source")
    orders = table("transactions") if kind == "transactions" else None
    people = table("customers") if loaded("customers", "customer") else None
    numbered = kind == "customers" and people is None and loaded("customers", "arm")
    if numbered:
        people = run(_numbered, table("customers"))
    log = None
    if loaded("contacts", "customer", "date", "channel"):
        log = table("contacts")
    if kind == "customers" and people is None:
        raise AnalysisError("data.missing_role", role="customer")
    return Source(kind, orders, people, log, numbered)


def know(source: Source, horizon: int) -> Known:
    """All that is known of each customer, with what could not be learnt and why."""
    made = _Making(source)
    if source.orders is not None:
        made.value_of_orders(source.orders, horizon)
    else:
        assert source.customers is not None
        made.value_of_customers(source.customers)
    if source.contacts is not None:
        log = made.load("contacts")
        made.beside.append(run(recent_contacts, source.contacts, _LATELY))
        made.names.append(f"crm.recent_contacts({log}, {_LATELY})")
    return made.known()


class _Making:
    """The tables that are joined, and beside each the Python that makes it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.python: list[str] = []
        self.tables: dict[str, str] = {}
        self.beside: list[Answer[pd.DataFrame]] = []
        self.names: list[str] = []
        self.columns: dict[str, str] = {}
        self.remarks: list[Message] = []

    def load(self, kind: str) -> str:
        """What the table of a kind is called in Python, loaded where it was not before."""
        if kind not in self.tables:
            lines, name = in_python(
                kind, {"transactions": "orders"}.get(kind, kind)
            )
            self.python += lines
            if kind == "customers" and self.source.numbered:
                rows = f"[str(row) for row in range(1, len({name}) + 1)]"
                self.python.append(f"{name} = {name}.assign(customer={rows})")
            self.tables[kind] = name
        return self.tables[kind]

    def value_of_orders(self, orders: Answer[pd.DataFrame], horizon: int) -> None:
        """What customers will bring in the days ahead, and the chance that they leave."""
        currencies = currencies_in(orders.value)
        if len(currencies) > 1:
            raise AnalysisError("strategy.two_currencies", currencies=currencies)
        name = self.load("transactions")
        options = ValueOptions(unit="day", horizon=horizon)
        try:
            fitted = run(fit_value, orders, options.for_fit())
            self.beside.append(run(_worth, run(estimate_from_fit, fitted, options)))
            self.names.append("worth.customers")
            self.python.append(
                f"worth = crm.estimate_value({name}, crm.{options.in_python()})"
            )
            self.columns |= {"value": "value", "basket": "expected_spend"}
        except AnalysisError as problem:
            self.beside.append(run(describe_customers, orders))
            self.names.append(f"crm.describe_customers({name})")
            self._miss("no_value", problem)
        try:
            windows = WindowOptions()
            examples = run(churn_examples, orders, windows, current=True)
            self._risk(
                examples,
                f"crm.churn_examples({name}, crm.{windows.in_python()}, current=True)",
            )
        except AnalysisError as problem:
            self._miss("no_risk", problem)

    def value_of_customers(self, customers: Answer[pd.DataFrame]) -> None:
        """What a column says customers are worth, and the chance that they leave."""
        name = self.load("customers")
        self.beside.append(run(_first_rows, customers))
        self.names.append(name)
        numbers = figures_of(customers.value)
        if numbers:
            self.columns["value"] = _which_value(numbers)
        else:
            self.remarks.append(Message("strategy.page.no_figures", {}))
        if not loaded("customers", "churned"):
            self.remarks.append(Message("strategy.page.no_outcome", {}))
            return
        try:
            self._risk(customers, name)
        except AnalysisError as problem:
            self._miss("no_risk", problem)

    def _risk(self, examples: Answer[pd.DataFrame], made: str) -> None:
        churn = run(predict_churn, examples, _RISK)
        self.beside.append(run(_risks, run(people_at_risk, churn)))
        self.python += [
            "from crm_analysis.analyses.churn import people_at_risk",
            f"churn = crm.predict_churn({made}, crm.{_RISK.in_python()})",
        ]
        self.names.append('people_at_risk(churn)[["customer", "risk"]]')

    def _miss(self, what: str, problem: AnalysisError) -> None:
        because = Message(problem.key, problem.details)
        self.remarks.append(
            Message(f"strategy.page.{what}", {"because": [because]})
        )

    def known(self) -> Known:
        """Everything joined, customers in tiers of what they have spent."""
        attributes = self.source.attributes()
        if self.source.orders is not None and attributes:
            assert self.source.customers is not None
            name = self.load("customers")
            self.beside.append(run(_columns, self.source.customers, attributes))
            self.names.append(f"{name}[{['customer', *attributes]!r}]")
        people = run(_joined, *self.beside)
        self.python += [
            "from crm_analysis.analyses.strategy import join_customers, spending_tiers",
            f"people = join_customers({', '.join(self.names)})",
        ]
        if spent_in(people.value) is not None:
            column = spent_in(people.value)
            self.python.append(
                f"people[{SPENDING!r}] = spending_tiers(people[{column!r}])"
            )
        return Known(
            run(_with_tiers, people),
            self.columns,
            self.python,
            self.remarks,
            self.tables,
        )


def figures_of(customers: pd.DataFrame) -> list[str]:
    """The columns of numbers that may say what a customer is worth."""
    taken = {*_TAKEN, *outcomes_of(customers)}
    return [
        str(name)
        for name in customers.columns
        if name not in taken
        and is_number(customers[name])
        and customers[name].nunique() > 2
    ]


def outcomes_of(customers: pd.DataFrame) -> tuple[str, ...]:
    """The columns of a table with arms that came after the contact, and are known of nobody new."""
    if "arm" not in customers.columns:
        return ()
    try:
        return likely_outcomes(customers)
    except AnalysisError:  # there is no column of figures
        return ()


def _which_value(numbers: Sequence[str]) -> str:
    proposed = worth_column(list(numbers))
    titles = {name: column_name(name) for name in numbers}
    return remembered(
        st.selectbox,
        say("strategy.knob.value.label"),
        numbers,
        index=numbers.index(proposed) if proposed in numbers else 0,
        format_func=titles.__getitem__,
        key=widget_key("strategy", "value"),
        help=say("strategy.knob.value.help"),
    )


def spent_in(people: pd.DataFrame) -> str | None:
    """The column of what customers have spent so far; None without one."""
    return next(
        (name for name in ("revenue", "monetary") if name in people.columns), None
    )


def segment_title(name: str) -> str:
    """What a column that parts customers is called."""
    return (
        plain("strategy.column.spending") if name == SPENDING else column_name(name)
    )


def _worth(value: Value) -> pd.DataFrame:
    return value.customers


def _risks(people: pd.DataFrame) -> pd.DataFrame:
    return people[["customer", "risk"]]


def _numbered(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.assign(
        customer=[str(row) for row in range(1, len(customers) + 1)]
    )


def _first_rows(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.dropna(subset=["customer"]).drop_duplicates("customer")


def _columns(customers: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    return customers[["customer", *names]]


def _joined(customers: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    return join_customers(customers, *others)


def _with_tiers(people: pd.DataFrame) -> pd.DataFrame:
    spent = spent_in(people)
    if spent is None:
        return people
    return people.assign(**{SPENDING: spending_tiers(people[spent])})


def loading_of(known: Known, kind: str) -> Loading:
    """The lines and the name of a table in Python, without lines where it is loaded already."""
    if kind in known.tables:
        return (), known.tables[kind]
    return in_python(kind, {"transactions": "orders"}.get(kind, kind))
