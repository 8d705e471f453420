"""Models and feature views as their consumer asks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mesh_platform.client.product import Last
from mesh_platform.client.trust import Trust
from mesh_platform.client.wire import Asking, Wire, read_json


@dataclass(frozen=True, slots=True)
class Model:
    """A model that answers single requests.

    Args:
        wire: The connection.
        name: The model.
        last: Where the trust of answers is kept.
    """

    wire: Wire = field(repr=False)
    name: str
    last: Last = field(default_factory=Last, repr=False)

    @property
    def trust(self) -> Trust:
        """What the last answer said of itself; empty before the first."""
        return self.last.trust

    def predict(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for one prediction.

        Args:
            request: What the model wants to know, see /openapi.json.

        Returns:
            The answer, and with it the prediction's id, the version that answered and its route.
        """
        return dict(self._ask(dict(request)))

    def predict_all(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Ask for predictions, all at once, in the order of the requests."""
        return list(self._ask({"requests": [dict(request) for request in requests]})["predictions"])

    def _ask(self, body: Any) -> Any:
        asking = Asking("POST", f"/models/{quote(self.name, safe='')}", body=body, only_reads=False)
        found, self.last.trust = self.wire.ask(asking, read_json)
        return found
