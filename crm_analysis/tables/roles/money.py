"""Quantity, unit price and amount check each other: quantity × price = amount, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd

__all__ = ["Money", "settle_money"]

_AGREE = 0.9
_ENOUGH = 8  # lines with a quantity other than 1, without which any price looks like an amount
_GOODS = 3  # goods sold in several quantities, from which on they tell a price from an amount


@dataclass(frozen=True)
class Money:
    """The sample's numbers under their positions, its rows as text, and how each column fits each role."""

    numbers: pd.DataFrame
    sample: pd.DataFrame
    scores: Mapping[tuple[str, int], float]

    @property
    def places(self) -> list[int]:
        """The positions of the columns that are numbers."""
        return [int(place) for place in self.numbers.columns]

    def agreement(
        self, quantity: int, price: int, amount: int, discount: int | None = None
    ) -> float | None:
        """Share of the lines where quantity × price = amount (or less the discount, a rate or a sum); None where too few lines tell."""
        if not {quantity, price, amount} <= set(self.places):
            return None
        some = self.numbers[[quantity, price, amount]].dropna()
        some = some[(some[quantity] != 1) & (some[quantity] != 0) & (some[price] != 0)]
        if len(some) < _ENOUGH:
            return None
        product = some[quantity] * some[price]
        # half a cent a piece is lost where the price was rounded
        room = 0.011 + 0.005 * some[quantity].abs() + 0.0005 * some[amount].abs()
        same = (product - some[amount]).abs() <= room
        if discount is not None and discount in self.numbers.columns:
            off = self.numbers.loc[some.index, discount].fillna(0)
            for rate in (off, off / 100):
                same |= (product * (1 - rate) - some[amount]).abs() <= room
            same |= (product - off.abs() - some[amount]).abs() <= room
        return float(same.mean())

    def by_product(self, quantity: int, money: int, product: int) -> str | None:
        """What goods sold in several quantities say: "unit_price" where their figure stays, "amount" where it grows with the quantity, else None."""
        if not {quantity, money} <= set(self.places):
            return None
        some = pd.DataFrame(
            {
                "goods": self.sample[f"c{product}"],
                "q": self.numbers[quantity],
                "m": self.numbers[money],
            }
        ).dropna()
        some = some[(some["goods"] != "") & (some["q"] > 0) & (some["m"] > 0)]
        some = some[some.groupby("goods")["q"].transform("nunique") > 1]
        if some["goods"].nunique() < _GOODS:
            return None
        each = some["m"] / some["q"]
        stays = (some["m"] - some.groupby("goods")["m"].transform("median")).abs() <= 0.005
        grows = (
            some["m"] - some["q"] * each.groupby(some["goods"]).transform("median")
        ).abs() <= 0.011 + 0.005 * some["q"]
        stay, grow = (float(one.groupby(some["goods"]).all().mean()) for one in (stays, grows))
        if max(stay, grow) < _AGREE or min(stay, grow) > 0.3:
            return None
        return "unit_price" if stay > grow else "amount"

    def adds_up(self, quantity: int, price: int, order: int) -> bool:
        """Whether the goods of an order (quantity × price) come to a figure that stands on its lines."""
        if not {quantity, price} <= set(self.places):
            return False
        frame = pd.DataFrame(
            {
                "order": self.sample[f"c{order}"],
                "goods": self.numbers[quantity] * self.numbers[price],
            }
        )
        sums = frame[frame["order"] != ""].groupby("order")["goods"].agg(["sum", "size"])
        sums = sums[sums["size"] > 1]
        others = [place for place in self.places if place not in (quantity, price, order)]
        if len(sums) < _ENOUGH or not others:
            return False
        said = self.numbers[others].groupby(frame["order"]).first().loc[sums.index]
        return bool((said.sub(sums["sum"], axis=0).abs() <= 0.02).mean().max() >= _AGREE)

    def varies(self, quantity: int) -> bool:
        """Whether the quantity takes several values."""
        return quantity in self.numbers.columns and self.numbers[quantity].nunique() > 1

    def order_level(self, amount: int, order: int) -> bool:
        """Whether each order carries one amount on all its lines, or on its first line only."""
        frame = pd.DataFrame({"order": self.sample[f"c{order}"], "amount": self.numbers[amount]})
        frame = frame[frame["order"] != ""]
        lines = frame.groupby("order")["amount"].agg(["size", "nunique"])
        several = lines[lines["size"] > 1]
        return len(several) >= 3 and bool((several["nunique"] <= 1).mean() > 0.95)


def settle_money(money: Money, taken: dict[str, int], sure: dict[str, float]) -> None:
    """Let the lines decide between columns whose names could be prices or amounts; changes `taken` and `sure`."""
    quantity = taken.get("quantity")
    if quantity is None or not money.varies(quantity):
        return
    discount = taken.get("discount")
    _ask_the_goods(money, taken, sure)
    if "unit_price" in taken and "amount" in taken:
        _check_both(money, taken, sure, discount)
    elif "unit_price" in taken or "amount" in taken:
        _find_other(money, taken, sure, discount)
    else:
        _find_both(money, taken, sure)


def _ask_the_goods(money: Money, taken: dict[str, int], sure: dict[str, float]) -> None:
    """A lone figure called a price that grows with the quantity is the line's amount, and one called an amount that never does is a price."""
    quantity, goods = taken["quantity"], taken.get("product_code", taken.get("product"))
    lone = {"unit_price", "amount"} & set(taken)
    if len(lone) == 1 and goods is not None:
        (role,) = lone
        told = money.by_product(quantity, taken[role], goods)
        if told and told != role:
            taken[told] = taken.pop(role)
            sure[told] = max(0.7, 0.95 * sure.pop(role))
    if (
        "unit_price" not in taken
        and {"cost", "order"} <= set(taken)
        and money.adds_up(quantity, taken["cost"], taken["order"])
    ):
        taken["unit_price"], sure["unit_price"] = (
            taken.pop("cost"),
            min(0.85, sure.pop("cost")),
        )  # what an item costs its buyer


def _check_both(
    money: Money, taken: dict[str, int], sure: dict[str, float], discount: int | None
) -> None:
    quantity, price, amount = taken["quantity"], taken["unit_price"], taken["amount"]
    agreed = money.agreement(quantity, price, amount, discount)
    if agreed is None:
        return
    if agreed >= _AGREE:
        for role in ("quantity", "unit_price", "amount"):
            sure[role] = max(sure[role], 0.93)
        return
    if (money.agreement(quantity, amount, price) or 0) >= _AGREE:
        taken["unit_price"], taken["amount"] = amount, price
        sure["unit_price"] = sure["amount"] = 0.85
        return
    prices = [price, *_named(money, "unit_price", taken)]
    amounts = [amount, *_named(money, "amount", taken)]
    best = max(
        (
            (money.agreement(quantity, p, a, discount) or 0, p, a)
            for p in prices
            for a in amounts
            if p != a
        ),
        default=(0.0, price, amount),
        key=lambda found: found[0],
    )
    if best[0] >= _AGREE:
        taken["unit_price"], taken["amount"] = best[1], best[2]
        sure["unit_price"] = sure["amount"] = 0.9
    elif (
        "order" in taken
        and amount in money.numbers.columns
        and money.order_level(amount, taken["order"])
    ):
        sure["amount"] = min(sure["amount"], 0.6)  # the order's total on each of its lines
    elif agreed < 0.3:
        sure["amount"] *= 0.85
        sure["unit_price"] *= 0.85


def _find_other(
    money: Money, taken: dict[str, int], sure: dict[str, float], discount: int | None
) -> None:
    quantity = taken["quantity"]
    free = [place for place in money.places if place not in taken.values()]
    have, lack = ("unit_price", "amount") if "unit_price" in taken else ("amount", "unit_price")
    for place in free:
        price, amount = (taken[have], place) if have == "unit_price" else (place, taken[have])
        if (money.agreement(quantity, price, amount, discount) or 0) >= 0.95:
            taken[lack] = place
            sure[lack] = 0.7
            return
    if have == "unit_price":
        for place in free:  # the column called price may be the line's money
            if (
                money.agreement(quantity, place, taken["unit_price"]) or 0
            ) >= 0.95 and money.scores.get(("unit_price", place), 0) > 0.3:
                taken["amount"], taken["unit_price"] = taken["unit_price"], place
                sure["amount"] = sure["unit_price"] = 0.7
                return


def _find_both(money: Money, taken: dict[str, int], sure: dict[str, float]) -> None:
    """No name says price or amount: two columns of costs that multiply out will do."""
    quantity = taken["quantity"]
    free = [
        place
        for place in money.places
        if place != quantity
        and place not in [held for role, held in taken.items() if role != "cost"]
    ]
    free = [place for place in free if np.nanstd(money.numbers[place].to_numpy()) > 0]
    for price, amount in permutations(free[:12], 2):
        if (money.agreement(quantity, price, amount) or 0) >= 0.97:
            if taken.get("cost") in (price, amount):
                del taken["cost"], sure["cost"]
            taken["unit_price"], taken["amount"] = price, amount
            sure["unit_price"] = sure["amount"] = 0.65
            return


def _named(money: Money, role: str, taken: Mapping[str, int]) -> list[int]:
    """Free columns whose names would do for a role."""
    return [
        place
        for (one, place), score in money.scores.items()
        if one == role and score >= 0.3 and place not in taken.values()
    ]
