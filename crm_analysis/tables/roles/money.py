"""Quantity, unit price and amount check each other: quantity × price = amount, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np
import pandas as pd

from crm_analysis.tables.sales.headings import says

_AGREE = 0.9
_ENOUGH = 8  # lines with a quantity other than 1, without which any price looks like an amount
_GOODS = (
    3  # goods sold in several quantities, from which on a few may say otherwise
)


@dataclass(frozen=True)
class MoneyColumns:
    """The sample's numbers under their positions, its rows as text, how columns fit roles.

    `names` are the columns' own.
    """

    numbers: pd.DataFrame
    rows: pd.DataFrame
    scores: Mapping[tuple[str, int], float]
    names: Sequence[str] = ()

    @cached_property
    def _figures(self) -> dict[int, np.ndarray]:
        """The same numbers, ready to be compared."""
        return {
            position: self.numbers[position].to_numpy(float, na_value=np.nan)
            for position in self.positions
        }

    @property
    def positions(self) -> list[int]:
        """The positions of the columns that are numbers."""
        return [int(position) for position in self.numbers.columns]

    def agreement(
        self,
        quantity: int,
        price: int,
        amount: int,
        discount: int | None = None,
    ) -> float:
        """Share of the lines where quantity × price = amount; NaN where too few lines tell.

        Or less the discount, a rate or a sum.
        """
        if not {quantity, price, amount} <= set(self._figures):
            return np.nan
        pieces, each, money = (
            self._figures[position] for position in (quantity, price, amount)
        )
        lines = (pieces != 1) & (pieces != 0) & (each != 0)
        lines &= ~(np.isnan(pieces) | np.isnan(each) | np.isnan(money))
        if np.count_nonzero(lines) < _ENOUGH:
            return np.nan
        pieces, each, money = pieces[lines], each[lines], money[lines]
        product = pieces * each
        # half a cent a piece is lost where the price was rounded
        tolerance = 0.011 + 0.005 * np.abs(pieces) + 0.0005 * np.abs(money)
        agrees = np.abs(product - money) <= tolerance
        if discount is not None and discount in self._figures:
            off = np.nan_to_num(self._figures[discount][lines])
            for less in (
                product * (1 - off),
                product * (1 - off / 100),
                product - np.abs(off),
            ):
                agrees |= np.abs(less - money) <= tolerance
        return float(agrees.mean())

    def role_by_goods(self, quantity: int, money: int, product: int) -> str | None:
        """What goods sold in several quantities say of a figure.

        "unit_price" where it stays, "amount" where it grows with the quantity, else None.
        """
        if not {quantity, money} <= set(self.positions):
            return None
        columns = {"goods": self.rows[f"c{product}"]}
        columns |= {
            "quantity": self.numbers[quantity],
            "money": self.numbers[money],
        }
        lines = pd.DataFrame(columns).dropna()
        lines = lines[
            (lines["goods"] != "") & (lines["quantity"] > 0) & (lines["money"] > 0)
        ]
        lines = lines[lines.groupby("goods")["quantity"].transform("nunique") > 1]
        goods = lines["goods"]
        if goods.empty or (lines["quantity"] > 1).sum() < 2:
            return None
        usual = lines.groupby("goods")["money"].transform("median")
        stays = (lines["money"] - usual).abs() <= 0.005
        each = lines["money"] / lines["quantity"]
        expected = lines["quantity"] * each.groupby(goods).transform("median")
        grows = (lines["money"] - expected).abs() <= 0.011 + 0.005 * lines[
            "quantity"
        ]
        staying, growing = (
            float(holds.groupby(goods).all().mean()) for holds in (stays, grows)
        )
        few = goods.nunique() < _GOODS  # which then have to agree
        clear, other = (1.0, 0.0) if few else (_AGREE, 0.3)
        if max(staying, growing) < clear or min(staying, growing) > other:
            return None
        return "unit_price" if staying > growing else "amount"

    def adds_up(self, quantity: int, price: int, order: int) -> bool:
        """Whether an order's goods (quantity × price) come to a figure that stands on its lines."""
        if not {quantity, price} <= set(self.positions):
            return False
        goods = self.numbers[quantity] * self.numbers[price]
        lines = pd.DataFrame({"order": self.rows[f"c{order}"], "goods": goods})
        sums = (
            lines[lines["order"] != ""]
            .groupby("order")["goods"]
            .agg(["sum", "size"])
        )
        sums = sums[sums["size"] > 1]
        others = [
            position
            for position in self.positions
            if position not in (quantity, price, order)
        ]
        if len(sums) < _ENOUGH or not others:
            return False
        stated = (
            self.numbers[others].groupby(lines["order"]).first().loc[sums.index]
        )
        agrees = stated.sub(sums["sum"], axis=0).abs() <= 0.02
        return bool(agrees.mean().max() >= _AGREE)

    def varies(self, quantity: int) -> bool:
        """Whether the quantity takes several values."""
        return (
            quantity in self.numbers.columns
            and self.numbers[quantity].nunique() > 1
        )

    def is_order_total(self, amount: int, order: int) -> bool:
        """Whether each order carries one amount on all its lines, or on its first line only."""
        if amount not in self.numbers.columns:
            return False
        columns = {
            "order": self.rows[f"c{order}"],
            "amount": self.numbers[amount],
        }
        lines = pd.DataFrame(columns)
        lines = lines[lines["order"] != ""]
        orders = lines.groupby("order")["amount"].agg(["size", "nunique"])
        several = orders[orders["size"] > 1]
        return len(several) >= 3 and bool((several["nunique"] <= 1).mean() > 0.95)

    def free_named(self, role: str, positions: Mapping[str, int]) -> list[int]:
        """Free columns whose names would do for a role."""
        return [
            position
            for (name, position), score in self.scores.items()
            if name == role and score >= 0.3 and position not in positions.values()
        ]


def settle_money(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """Let the lines decide between columns whose names could be prices or amounts.

    Changes `positions` and `confidence`.
    """
    price = positions.get("unit_price")
    is_lone = price is not None and "amount" not in positions
    if (
        is_lone
        and money.names
        and says(money.names[positions["unit_price"]], "of_line")
    ):
        positions["amount"] = positions.pop("unit_price")
        confidence["amount"] = confidence.pop("unit_price")
    quantity = positions.get("quantity")
    if quantity is None or not money.varies(quantity):
        return
    _settle_by_goods(money, positions, confidence)
    if "unit_price" in positions and "amount" in positions:
        _check_both(money, positions, confidence)
    elif "unit_price" in positions:
        _find_amount(money, positions, confidence)
    elif "amount" in positions:
        _find_price(money, positions, confidence)
    else:
        _find_both(money, positions, confidence)


def _settle_by_goods(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """A lone figure is what the goods say it is, whatever it is called.

    A price that grows with the quantity is the line's amount, an amount that never does a price.
    """
    quantity = positions["quantity"]
    goods = positions.get("product_code", positions.get("product"))
    lone = {"unit_price", "amount"} & set(positions)
    if len(lone) == 1 and goods is not None:
        (role,) = lone
        right = money.role_by_goods(quantity, positions[role], goods)
        if right and right != role:
            positions[right] = positions.pop(role)
            confidence[right] = max(0.7, 0.95 * confidence.pop(role))
    if "unit_price" in positions or not {"cost", "order"} <= set(positions):
        return
    if money.adds_up(quantity, positions["cost"], positions["order"]):
        # what an item costs its buyer
        positions["unit_price"] = positions.pop("cost")
        confidence["unit_price"] = min(0.85, confidence.pop("cost"))


def _check_both(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """Columns for both are named: these, or others of such names, multiply out."""
    quantity, price, amount = (
        positions[role] for role in ("quantity", "unit_price", "amount")
    )
    discount = positions.get("discount")
    agreed = money.agreement(quantity, price, amount, discount)
    if np.isnan(agreed):
        return
    if agreed >= _AGREE:
        for role in ("quantity", "unit_price", "amount"):
            confidence[role] = max(confidence[role], 0.93)
        return
    if money.agreement(quantity, amount, price) >= _AGREE:
        positions |= {"unit_price": amount, "amount": price}
        confidence |= {"unit_price": 0.85, "amount": 0.85}
        return
    prices = [price, *money.free_named("unit_price", positions)]
    amounts = [amount, *money.free_named("amount", positions)]
    best = max(
        (
            (
                np.nan_to_num(money.agreement(quantity, price, amount, discount)),
                price,
                amount,
            )
            for price in prices
            for amount in amounts
            if price != amount
        ),
        key=lambda candidate: candidate[0],
    )
    if best[0] >= _AGREE:
        positions |= {"unit_price": best[1], "amount": best[2]}
        confidence |= {"unit_price": 0.9, "amount": 0.9}
    elif "order" in positions and money.is_order_total(amount, positions["order"]):
        confidence["amount"] = min(confidence["amount"], 0.6)
    elif agreed < 0.3:
        confidence["amount"] *= 0.85
        confidence["unit_price"] *= 0.85


def _find_amount(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """A price is named: a free column may be quantity × price."""
    quantity, price = positions["quantity"], positions["unit_price"]
    free = [
        position
        for position in money.positions
        if position not in positions.values()
    ]
    for amount in free:
        if (
            money.agreement(quantity, price, amount, positions.get("discount"))
            >= 0.95
        ):
            positions["amount"], confidence["amount"] = amount, 0.7
            return
    for position in free:  # the column called price may be the line's money
        agrees = money.agreement(quantity, position, price) >= 0.95
        if agrees and money.scores.get(("unit_price", position), 0) > 0.3:
            positions |= {"unit_price": position, "amount": price}
            confidence |= {"unit_price": 0.7, "amount": 0.7}
            return


def _find_price(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """An amount is named: a free column may be what one piece costs."""
    quantity, amount = positions["quantity"], positions["amount"]
    free = [
        position
        for position in money.positions
        if position not in positions.values()
    ]
    for price in free:
        if (
            money.agreement(quantity, price, amount, positions.get("discount"))
            >= 0.95
        ):
            positions["unit_price"], confidence["unit_price"] = price, 0.7
            return


def _find_both(
    money: MoneyColumns, positions: dict[str, int], confidence: dict[str, float]
) -> None:
    """No name says price or amount: two columns of costs that multiply out will do."""
    quantity = positions["quantity"]
    assigned = {position for role, position in positions.items() if role != "cost"}
    free = [
        position
        for position in money.positions
        if position not in assigned
        and np.nanstd(money.numbers[position].to_numpy()) > 0
    ]
    for price, amount in permutations(free[:12], 2):
        if money.agreement(quantity, price, amount) >= 0.97:
            if positions.get("cost") in (price, amount):
                del positions["cost"], confidence["cost"]
            positions |= {"unit_price": price, "amount": amount}
            confidence |= {"unit_price": 0.65, "amount": 0.65}
            return
