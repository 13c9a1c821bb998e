"""What cleaning gives: the table, and the ledger of how it came to be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.ledger import Ledger, Sums
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.units import units_of
from crm_analysis.tables.kinds import KindName, ValueType
from crm_analysis.tables.measures import measures

_EXACT_DISTINCT = 3_000_000
# Role and type of columns that no column of the file became.
_COMPUTED: dict[str, tuple[str | None, ValueType]] = {
    "amount": ("amount", "money"),
    "customer": ("customer", "id"),
}


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A table one can trust, and the ledger of how it came to be.

    Attributes
    ----------
    kind
        The kind of table.
    store
        The engine's table: role columns under their role names, other columns under their own
        names, and `_source`, `_line`.
    questions
        What the evidence did not decide: `key` is a phrase, `details["option"]` the setting that
        answers it, `details["choices"]` the answers, `details["default"]` the one taken meanwhile.
    currency
        The currency of all money, if known.
    sums
        Rows and money as read, kept and gone; they add up.
    statuses
        Of orders, a row a status word: column, status, meaning (what it counts as), decided_by
        ("person", "preset", "words", "unclear", "unknown"), rows, money.
    unsold
        Lines that are kept and no sales: reason, rows, money.
    """

    kind: KindName
    engine: Engine
    store: str
    columns: tuple[ColumnReading, ...] = field(repr=False)
    questions: tuple[Message, ...]
    ledger: Ledger = field(repr=False)
    sums: Sums
    options: CleanOptions
    currency: str | None = None
    statuses: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    unsold: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @cached_property
    def types(self) -> pd.DataFrame:
        """How each column was read: a row a column.

        - column, source : its name in the table and in the file (None: computed)
        - role, type : what it is ("amount" …), and how its cells are read ("money" …)
        - detail : JSON text: decimal mark, day order and what decided it, currency, unit …
        - missing, distinct : cells without a value, different values (an estimate in tables of
          millions of cells)
        """
        by_name = {column.name: column for column in self.columns}
        names = [
            name
            for name in self.engine.columns(self.store)
            if name not in ("_source", "_line")
        ]
        store, cells = quoted(self.store), list(map(quoted, names))
        rows, *counts = measures(
            self.engine, ["count(*)", *(f"count({cell})" for cell in cells)], store
        )
        count = (
            "count(DISTINCT {})"
            if rows * len(names) <= _EXACT_DISTINCT
            else "approx_count_distinct({})"
        )
        distinct = measures(
            self.engine, [count.format(cell) for cell in cells], store
        )
        described = []
        for name, filled, different in zip(names, counts, distinct, strict=True):
            column = by_name.get(name)
            detail: dict[str, Any] = (
                dict(column.detail) if column else {"derived": True}
            )
            if self.currency and (
                name == "amount" or (column and column.type == "money")
            ):
                detail["currency"] = self.currency
            if column:
                role, kind = column.role, column.type
            else:
                role, kind = _COMPUTED.get(name, (None, "flag"))
            described.append(
                (
                    name,
                    None
                    if column is None or detail.get("derived")
                    else column.source,
                    role,
                    kind,
                    json.dumps(detail, ensure_ascii=False),
                    rows - filled,
                    different,
                )
            )
        return pd.DataFrame(
            described,
            columns=[
                "column",
                "source",
                "role",
                "type",
                "detail",
                "missing",
                "distinct",
            ],
        )

    @cached_property
    def units(self) -> dict[str, str]:
        """The currency or unit of each column that has one, by its name in the table.

        Where the heading of a column multiplies (销售额（万元）, revenue k€), that stays the unit.
        """
        return units_of(self.columns, self.currency)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The typed table: columns by their roles, then the file's others by their own names.

        - amount : money of the line, of orders
        - is_sale : flag, of orders: paid or sent; not cancelled, failed, refunded, a fee, a test
        - is_return, is_product : flags, of orders: goods that came back; no postage, fee or note

        Ids and text are str (missing: None or NaN), numbers float64, dates datetime64[us], flags
        boolean. The index is `line`, where each record began in the file, if that names each row;
        else the rows are numbered.
        """
        described = self.engine.run(f"DESCRIBE {quoted(self.store)}")
        kinds = {
            name: kind
            for name, kind, *_ in described
            if name not in ("_source", "_line")
        }
        with self.engine.cursor() as cursor:
            arrow = cursor.execute(
                f"SELECT _line, {', '.join(map(quoted, kinds))} FROM {quoted(self.store)}"
            ).to_arrow_table()
        lines = arrow.column("_line").to_pandas()
        frame = (
            arrow.drop_columns(["_line"]).to_pandas(date_as_object=False)
            if kinds
            else pd.DataFrame(index=range(len(lines)))
        )
        for name, kind in kinds.items():
            if kind == "BOOLEAN":
                frame[name] = frame[name].astype("boolean")
        if lines.is_unique:
            frame.index = pd.Index(lines.to_numpy(), name="line")
        return frame

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Each cell changed.

        - source, line : the file (0 where there is one), where the record begins
        - column : of the table
        - step, reason : which step of cleaning changed it, and why
        - old, new : texts; None where missing
        """
        return self.engine.frame(self.ledger.changes_sql())

    @cached_property
    def changed(self) -> pd.DataFrame:
        """How many cells changed, without listing them.

        - step, reason, column : as in `changes`
        - cells : count
        """
        return pd.DataFrame(
            self.ledger.changes_counts,
            columns=["step", "reason", "column", "cells"],
        )

    @cached_property
    def flags(self) -> pd.DataFrame:
        """Each cell that looks odd and was left as it is.

        - source, line, column : where, as in `changes`
        - reason : what is odd
        - value : text
        """
        return self.engine.frame(self.ledger.flags_sql())

    @cached_property
    def flagged(self) -> pd.DataFrame:
        """How many cells look odd, without listing them.

        - column, reason : as in `flags`
        - cells : count
        """
        return pd.DataFrame(
            [(*key, count) for key, count in self.ledger.flags_counts().items()],
            columns=["column", "reason", "cells"],
        )

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Each record that is not in the table.

        - source, line : the file (0 where there is one), where the record begins
        - step : "reading" or a step of cleaning
        - reason : why
        - text : the record as it stood in the file
        """
        return self.ledger.set_aside()

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What each step did.

        - step : its name
        - on : whether it was asked for
        - cells : changed
        - rows : removed
        - money : effect on the total
        """
        return self.ledger.steps(self.sums)

    def detail(self, column: str) -> dict[str, Any]:
        """How a column was read, as in `types`."""
        details = self.types.loc[self.types["column"] == column, "detail"]
        return json.loads(details.iloc[0]) if len(details) else {}

    def summary(self) -> dict[str, float | None]:
        """RecordCounts and money of the ledger; they add up (asserted when cleaned).

        records_in = header + preamble + units + blank + set_aside + duplicates + kept, and
        money_read = money_kept + money_set_aside + money_duplicates − money_edits.
        """
        return dict(self._summary)

    @cached_property
    def _summary(self) -> dict[str, float | None]:
        counts, sums = self.ledger.counts(), self.sums
        gone = {
            step: details
            for step, details in sums.rows_gone.items()
            if step not in ("duplicates", "blank")
        }
        blank = counts.blank + sums.rows_gone.get("blank", 0)
        aside = counts.other + sum(gone.values())
        money: dict[str, float | None] = dict.fromkeys(
            (
                "money_read",
                "money_kept",
                "money_set_aside",
                "money_duplicates",
                "money_edits",
            )
        )
        if sums.money_read is not None:
            lost = sums.money_gone or {}
            money = {
                "money_read": sums.money_read,
                "money_kept": sums.money_kept,
                "money_set_aside": sum(
                    amount for step, amount in lost.items() if step != "duplicates"
                ),
                "money_duplicates": lost.get("duplicates", 0.0),
                "money_edits": sum((sums.money_edits or {}).values()),
            }
            # Sums of floats taken by several threads differ in their last digits from run to run; a
            # millionth of a unit is enough.
            money = {
                name: None if value is None else round(value, 6)
                for name, value in money.items()
            }
        baskets: dict[str, float | None] = {}
        rows_read, kept, duplicates = (
            sums.rows_read,
            sums.rows_kept,
            sums.rows_gone.get("duplicates", 0),
        )
        # The records are baskets; what was removed from within them is counted in items.
        if counts.baskets:
            baskets = {
                "items_read": rows_read,
                "items_duplicates": duplicates,
                "items_kept": kept,
            }
            rows_read, kept, gone_whole = counts.baskets
            aside, duplicates, blank = (
                counts.other + gone_whole,
                0,
                counts.blank,
            )
        return {
            "records_in": counts.header
            + counts.preamble
            + counts.units
            + counts.other
            + counts.blank
            + rows_read,
            "header": counts.header,
            "preamble": counts.preamble,
            "units": counts.units,
            "blank": blank,
            "set_aside": aside,
            "duplicates": duplicates,
            "kept": kept,
            "cells_changed": int(self.changed["cells"].sum()),
            "flags": int(self.flagged["cells"].sum()),
            "questions": len(self.questions),
            **self._not_counted(),
            **money,
            **baskets,
        }

    def _not_counted(self) -> dict[str, float | None]:
        """Rows and money of the lines that are kept and no sales, where the table has any."""
        if self.unsold.empty:
            return {}
        money = self.unsold["money"].sum(min_count=1)
        return {
            "rows_not_sales": int(self.unsold["rows"].sum()),
            "money_not_sales": None if pd.isna(money) else round(float(money), 6),
        }
