"""What lies in baskets: how items are called, which are meant, which are no product."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.options import BasketOptions

# Full-width ASCII and the ideographic space as their plain forms; characters not seen go.
_PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {0x3000: 0x20}
    | dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
)


def tidy_name(name: object, how: str) -> str:
    """A name as it is counted.

    Spaces are trimmed and made single, full-width forms plain, case folded where asked.

    >>> tidy_name(" whole　 milk ", "spaces")
    'whole milk'
    """
    text = str(name)
    if how == "as_is":
        return text
    text = " ".join(text.translate(_PLAIN).split())
    return text.casefold() if how == "case" else text


def find_items(
    names: np.ndarray, wanted: tuple[str, ...], how: str
) -> tuple[np.ndarray, list[str]]:
    """The codes of the items named, spelling tidied alike, and the names that no item bears."""
    if not wanted:
        return np.empty(0, dtype=np.int64), []
    code_of = {tidy_name(name, how): code for code, name in enumerate(names)}
    tidied = {name: tidy_name(name, how) for name in wanted}
    codes = sorted({code_of[key] for key in tidied.values() if key in code_of})
    unknown = [name for name, key in tidied.items() if key not in code_of]
    return np.array(codes, dtype=np.int64), unknown


def excluded_items(
    transactions: pd.DataFrame, names: np.ndarray, options: BasketOptions
) -> np.ndarray:
    """The codes of the items that are not counted, among `names`."""
    excluded = options.exclude
    if excluded is None:
        excluded = no_products(transactions, options.level)
    codes, _ = find_items(names, excluded, options.names)
    return codes


def no_products(transactions: pd.DataFrame, level: str) -> tuple[str, ...]:
    """The names that stand for postage, fees and the like on most of their lines.

    By `is_product`, where the table has it; categories are of products.

    >>> no_products(pd.DataFrame({
    ...     "product": ["tea", "jam", "postage"], "is_product": [True, True, False],
    ... }), "product")
    ('postage',)
    """
    column = item_column(transactions, level)
    if level != "product" or not {column, "is_product"} <= set(transactions):
        return ()
    is_product = transactions["is_product"].fillna(True).to_numpy(dtype=bool)
    if is_product.all():
        return ()
    codes, spellings = pd.factorize(transactions[column])
    # A name is trimmed once, not on each of its lines; -1 stays what has none.
    number, names = pd.factorize(
        np.array([str(name).strip() for name in spellings], dtype=object)
    )
    number = np.append(number, -1)[codes]
    has_name = number >= 0
    lines = np.bincount(number[has_name], minlength=len(names))
    of_products = np.bincount(
        number[has_name], is_product[has_name], minlength=len(names)
    )
    return tuple(sorted(names[of_products < 0.5 * lines]))


def item_column(table: pd.DataFrame, level: str) -> str:
    """The column that names the items: products go by their code where they have no name."""
    if (
        level == "product"
        and "product" not in table.columns
        and "product_code" in table.columns
    ):
        return "product_code"
    return level
