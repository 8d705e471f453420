"""The published documents, read again only when one of them changed: parsing them holds up answers for a moment."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from mesh_platform.contract.export.read import PublishedProduct, published


class Documents:
    """The products as published now.

    Args:
        contracts: The folder of published documents.
    """

    def __init__(self, contracts: Path) -> None:
        self._contracts, self._reading = contracts, Lock()
        self._seen: frozenset[tuple[str, int]] | None = None
        self._products: list[PublishedProduct] = []

    def products(self) -> list[PublishedProduct]:
        """Every major version alive.

        Raises:
            BadContract: Where a document can't be understood.
        """
        with self._reading:
            seen = frozenset((str(p), p.stat().st_mtime_ns) for p in self._contracts.glob("*/*/*.yaml"))
            if seen != self._seen or not self._products:
                self._products = published(self._contracts)
                self._seen = seen
            return self._products
