"""Which column names speak for a role, as chains of concepts: customer + id, order + number."""

from __future__ import annotations

from dataclasses import dataclass

_UNKNOWN = "?"


@dataclass(frozen=True)
class NamePattern:
    """How the concepts of a name fit a role.

    The best of `scores` counts whose concepts are all in the name, where nothing else known is in
    it but `besides`.
    """

    scores: tuple[tuple[frozenset[str], float], ...]
    besides: frozenset[str]

    def score(self, chain: tuple[str, ...]) -> float:
        """From 0 (says nothing of the role, or something else) to 1."""
        known = frozenset(chain) - {_UNKNOWN}
        strangers = min(chain.count(_UNKNOWN), 3)
        best = 0.0
        for wanted, score in self.scores:
            if wanted <= known and known - wanted <= self.besides:
                # words beside the wanted ones make a name a little less sure
                unknown_words = (0.88 if score > 0.8 else 0.75) ** strangers
                further_words = 0.985 ** len(known - wanted)
                best = max(best, score * unknown_words * further_words)
        return best


def named(besides: str, levels: dict[int, str]) -> NamePattern:
    """A pattern from chains of concepts by how well they fit, in hundredths.

    >>> pattern = named("number", {100: "order+id", 45: "id"})
    >>> pattern.score(("order", "id")), pattern.score(("id",)), pattern.score(("customer", "id"))
    (1.0, 0.45, 0.0)
    """
    scores = [
        (frozenset(chain.split("+")), percent / 100)
        for percent, chains in levels.items()
        for chain in chains.split()
    ]
    return NamePattern(tuple(scores), frozenset(besides.split()))
