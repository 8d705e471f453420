"""Own purchases: who bought it will buy it again. Needs no other customer, and is hard to beat for groceries."""

from __future__ import annotations

from typing import ClassVar, Self

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse


class Own(Generator):
    """The customer's own history is the score ("personal frequency" in the next-basket literature)."""

    name: ClassVar[str] = "own"

    def fit(self, history: Sparse) -> Self:
        """Learn nothing."""
        del history
        return self

    def score(self, history: Sparse) -> Scores:
        """Repeat the history."""
        return history.toarray()  # type: ignore[no-any-return]
