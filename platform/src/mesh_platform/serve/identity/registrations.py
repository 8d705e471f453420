"""The registered consumers as they are now: files are looked at again, and a changed one is read at once.

The state is replaced as a whole, so that no request sees half of a change. Files that can't be understood change
nothing: an editor's half-written file must not lock everybody out, and grants still end on their day.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mesh_platform.contract.consumers import DEVELOPER, Consumer, Use, consumers
from mesh_platform.contract.export.names import CONSUMERS
from mesh_platform.errors import MeshError

DEVELOPING: Final = Consumer(DEVELOPER, "", "notebook", "development on this machine", ())
"""Who holds the development key."""
_LOG: Final = logging.getLogger(__name__)
_State = tuple[tuple[str, int, int], ...]


class Registrations:
    """The consumers under a folder of published documents.

    Args:
        contracts: The folder.

    Raises:
        BadContract: Where a registration can't be understood: a service does not start with wrong grants.
    """

    def __init__(self, contracts: Path) -> None:
        self._contracts = contracts
        self._seen = self._state()
        self._known = _indexed(consumers(contracts))

    def consumer(self, name: str) -> Consumer | None:
        """Find a consumer by its name."""
        known = self._known.get(name)
        return known[0] if known else None

    def use(self, name: str, product: str, major: int) -> Use | None:
        """Find what a consumer registered of a major version of a product."""
        known = self._known.get(name)
        return known[1].get((product, major)) if known else None

    def uses(self, name: str) -> tuple[Use, ...]:
        """Everything that a consumer registered."""
        known = self._known.get(name)
        return known[0].uses if known else ()

    def refresh(self) -> bool:
        """Read the registrations again if a file has changed, come or gone.

        Returns:
            Whether they were read.
        """
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        try:
            self._known = _indexed(consumers(self._contracts))
        except MeshError as error:
            _LOG.error("registrations changed and can't be read, the ones before stay in force: %s", error)
            return False
        return True

    def _state(self) -> _State:
        found = ((path, path.stat()) for path in sorted((self._contracts / CONSUMERS).glob("*.y*ml")))
        return tuple((path.name, of.st_mtime_ns, of.st_size) for path, of in found)


def _indexed(found: list[Consumer]) -> Mapping[str, tuple[Consumer, Mapping[tuple[str, int], Use]]]:
    return {c.name: (c, {(use.product, use.major): use for use in c.uses}) for c in (*found, DEVELOPING)}
