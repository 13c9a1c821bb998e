"""What a person changes in a segmentation: names, segments merged, customers put elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from crm_analysis.messages import Message


@dataclass(frozen=True)
class Adjustments:
    """What a person changed.

    - merged : segments that became part of another (from → into)
    - named : names given to segments
    - pinned : customers put into a segment by hand
    """

    NOTES: ClassVar[tuple[str, ...]] = (
        "segments.note.merged",
        "segments.note.pinned",
    )

    merged: Mapping[int, int] = field(default_factory=dict)
    named: Mapping[int, str] = field(default_factory=dict)
    pinned: Mapping[str, int] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether anyone is in another segment because of it."""
        return bool(self.merged or self.pinned)

    @property
    def notes(self) -> list[Message]:
        """What there is to say about it."""
        counts = {"merged": len(self.merged), "pinned": len(self.pinned)}
        return [
            Message(f"segments.note.{change}", {"count": count})
            for change, count in counts.items()
            if count
        ]

    def apply(self, labels: np.ndarray, customers: pd.Series) -> np.ndarray:
        """The labels after merging and pinning."""
        changed = labels.copy()
        for source, target in self.merged.items():
            changed[labels == source] = target
        if self.pinned:
            pinned = (
                customers.astype(str).map(dict(self.pinned)).to_numpy(dtype=float)
            )
            changed = np.where(np.isnan(pinned), changed, pinned).astype(
                labels.dtype
            )
        return changed

    def name_of(self, label: int, proposed: Message) -> Message:
        """The name given to a segment, or the one proposed."""
        if label not in self.named:
            return proposed
        return Message("segments.name.given", {"name": self.named[label]})

    def renamed(self, names: Mapping[int, str]) -> Adjustments:
        """With more names; an empty one takes back the name given."""
        given = {**self.named, **names}
        named = {
            label: name.strip() for label, name in given.items() if name.strip()
        }
        return replace(self, named=named)

    def with_merged(
        self, into: int, others: Sequence[int], name: str | None
    ) -> Adjustments:
        """With other segments become part of one, under a name where one is given."""
        merged = {
            source: into if target in others else target
            for source, target in self.merged.items()
        }
        merged |= dict.fromkeys(others, into)
        pinned = {
            customer: into if label in others else label
            for customer, label in self.pinned.items()
        }
        named = {**self.named, into: name} if name else self.named
        return Adjustments(merged, named, pinned)

    def with_pinned(
        self, customers: Sequence[str], label: int | None
    ) -> Adjustments:
        """With customers in a segment by hand; None lets them go where they belong."""
        pinned = {
            customer: own
            for customer, own in self.pinned.items()
            if customer not in customers
        }
        if label is not None:
            pinned |= dict.fromkeys(customers, int(label))
        return replace(self, pinned=pinned)
