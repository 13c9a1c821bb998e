"""A file to fill in: the header of each kind of table, in any language, with three example rows."""

from __future__ import annotations

import csv
import io

from crm_analysis.tables.kinds import KINDS
from crm_analysis.wording import DEFAULT, Language, say

# What a customers table may say of a customer beside its roles.
_ATTRIBUTES = {"customers": ("age", "city", "joined")}


def template(kind: str, language: Language = DEFAULT) -> bytes:
    """A file to fill in: the columns of a kind of table with three example rows.

    Its header is understood: `guess_roles` gives every role back.

    Parameters
    ----------
    kind
        "transactions", "customers", "contacts", "feedback" or "series".
    language
        In which the columns are named.

    Returns
    -------
    bytes
        CSV as UTF-8 with BOM, so that Excel opens it rightly.

    Raises
    ------
    KeyError
        Where there is no such kind.

    Examples
    --------
    >>> template("series", "zh").decode("utf-8-sig").splitlines()[0]
    '日期,数值,序列'
    """
    columns = [
        (role.label(language), role.example(kind, language))
        for role in KINDS[kind].roles
    ]
    for attribute in _ATTRIBUTES.get(kind, ()):
        example = say(f"roles.example.{kind}.{attribute}", language)
        cells = [cell.strip() for cell in example.split("|")]
        columns.append((say(f"roles.attribute.{attribute}", language), cells))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([label[:1].upper() + label[1:] for label, _ in columns])
    writer.writerows(zip(*(cells for _, cells in columns), strict=True))
    return file.getvalue().encode("utf-8-sig")
