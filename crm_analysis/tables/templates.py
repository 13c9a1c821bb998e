"""A file to fill in: the header of each kind of table, in either language, with three example rows."""

from __future__ import annotations

import csv
import io

from crm_analysis.tables.kinds import KINDS
from crm_analysis.wording import Language, say

__all__ = ["template"]

# What a customers table may say of a customer beside its roles.
_ATTRIBUTES = {"customers": ("age", "city", "joined")}


def template(kind: str, language: Language = "en") -> bytes:
    r"""A CSV file (UTF-8 with BOM, so that Excel opens it rightly) with the columns of a kind of table and three example rows.

    Its header is understood: `guess_roles` gives every role back.

    Raises
    ------
    KeyError
        Where there is no such kind.

    >>> template("series", "zh").decode("utf-8-sig").splitlines()[0]
    '日期,数值,序列'
    """
    roles = [role.name for role in KINDS[kind].roles]
    attributes = list(_ATTRIBUTES.get(kind, ()))
    header = [say(f"roles.{role}", language) for role in roles] + [
        say(f"roles.attribute.{one}", language) for one in attributes
    ]
    columns = [
        [cell.strip() for cell in say(f"roles.example.{kind}.{one}", language).split("|")]
        for one in roles + attributes
    ]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([name[:1].upper() + name[1:] for name in header])
    writer.writerows(zip(*columns, strict=True))
    return file.getvalue().encode("utf-8-sig")
