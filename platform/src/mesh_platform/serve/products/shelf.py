"""The published products as the API finds them: documents are read again once they change, never with each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

from mesh_platform.contract.export.masks import masked_columns
from mesh_platform.contract.export.read import PublishedColumn, PublishedProduct, published
from mesh_platform.errors import UnknownName
from mesh_platform.serve.problems import Problem

LOOKED_AT_EVERY_S: Final = 2.0
"""How long documents are taken for unchanged; looking at a hundred of them costs a millisecond."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One major version of a product, ready to be asked.

    Args:
        product: As its documents publish it.
        columns: Its columns by name.
        personal: The columns whose values are masked unless a permit clears them.
        newest: Whether it is the newest major version.
    """

    product: PublishedProduct
    columns: Mapping[str, PublishedColumn]
    personal: frozenset[str]
    newest: bool


class Shelf:
    """Finds products; safe to ask from several threads.

    Args:
        contracts: The folder of published documents.
    """

    def __init__(self, contracts: Path) -> None:
        self._contracts, self._reading = contracts, Lock()
        self._mark: object = None
        self._looked = -LOOKED_AT_EVERY_S
        self._shown: dict[str, dict[int, Shown]] = {}

    def all(self, day: date | None = None) -> list[Shown]:
        """Every major version that is served on a day, by name and version."""
        on = day or _today()
        return [
            shown
            for _, majors in sorted(self._products().items())
            for _, shown in sorted(majors.items())
            if shown.product.served_on(on) and shown.product.status != "retired"
        ]

    def find(self, name: str, major: int | None = None) -> Shown:
        """Find a product.

        Args:
            name: Its full name.
            major: The major version; None for the newest.

        Raises:
            UnknownName: Where there is none.
            Problem: 410 where it is served no more.
        """
        majors = self._products().get(name)
        if majors is None:
            raise UnknownName.of("product", name[:80], sorted(self._products()))
        found = majors.get(max(majors) if major is None else major)
        if found is None:
            listed = ", ".join(map(str, sorted(majors)))
            raise Problem(404, "unknown-major", f"{name} has no version {major}; there are: {listed}", "major", major)
        if not found.product.served_on(_today()):
            ended = f"{name} v{found.product.major} was served until {found.product.sunset}"
            raise Problem(410, "past-sunset", f"{ended}; move to v{max(majors)}", "major", major)
        return found

    def _products(self) -> dict[str, dict[int, Shown]]:
        if monotonic() - self._looked < LOOKED_AT_EVERY_S:
            return self._shown
        with self._reading:
            mark = frozenset((p, p.stat().st_mtime_ns) for p in self._contracts.glob("*/*/*.yaml"))
            if mark != self._mark:
                self._shown, self._mark = _read(self._contracts), mark
            self._looked = monotonic()
        return self._shown


def _read(contracts: Path) -> dict[str, dict[int, Shown]]:
    majors: dict[str, dict[int, PublishedProduct]] = {}
    for product in published(contracts):
        majors.setdefault(product.full_name, {})[product.major] = product
    return {
        name: {
            major: Shown(
                product, {c.name: c for c in product.columns}, masked_columns(product.columns), major == max(versions)
            )
            for major, product in versions.items()
        }
        for name, versions in majors.items()
    }


def _today() -> date:
    return datetime.now(UTC).date()
