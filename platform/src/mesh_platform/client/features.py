"""A feature view as its consumer asks it: the newest values of entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mesh_platform.client.product import Last
from mesh_platform.client.trust import Trust
from mesh_platform.client.wire import Asking, Wire, read_json


@dataclass(frozen=True, slots=True)
class Features:
    """A feature view.

    Args:
        wire: The connection.
        view: The view.
        last: Where the trust of answers is kept.
    """

    wire: Wire = field(repr=False)
    view: str
    last: Last = field(default_factory=Last, repr=False)

    @property
    def trust(self) -> Trust:
        """What the last answer said of itself; empty before the first."""
        return self.last.trust

    def get(self, keys: Sequence[Any], features: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Give the features of entities, in the order of the keys, all of one version of the view.

        Args:
            keys: A key an entity; a list of values where the view has several entity columns.
            features: Which; None for all.
        """
        body = {"keys": list(keys)} | ({} if features is None else {"features": list(features)})
        asking = Asking("POST", f"/features/{quote(self.view, safe='')}", body=body)
        found, self.last.trust = self.wire.ask(asking, read_json)
        return list(found["entities"])
