"""The entry: which mesh, and who asks."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from mesh_platform.client.features import Features
from mesh_platform.client.model import Model
from mesh_platform.client.product import Product
from mesh_platform.client.wire import Asking, Wire, read_json
from mesh_platform.errors import UserError

URL, TOKEN = "MESH_URL", "MESH_TOKEN"
LOCAL_URL = "http://127.0.0.1:8080"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ANSWERS_WITHIN_S = 60.0
"""Longer than the service takes before it gives up itself (30 s), so that its reason is heard."""


class Mesh:
    """A mesh and who asks it.

    Args:
        url: Where its APIs are; None for `MESH_URL`, or this machine.
        token: An API key or a token; None for `MESH_TOKEN`.
        timeout_s: How long to wait for an answer to begin, and for each piece of it.
        plain_http: Send the token to another machine without TLS.
        transport: How requests travel; None for the network.

    Raises:
        UserError: Without a token, with an address that is none, or where the token could be read on its way.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout_s: float = ANSWERS_WITHIN_S,
        plain_http: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        address = (url or os.environ.get(URL) or LOCAL_URL).rstrip("/")
        _refuse_unsafe(address, plain_http)
        proof = token or os.environ.get(TOKEN)
        if not proof:
            raise UserError(f"no token (rule: every request proves who asks); pass one or set {TOKEN}")
        headers = {"Authorization": f"Bearer {proof}"}
        self._wire = Wire(httpx.Client(base_url=address, headers=headers, timeout=timeout_s, transport=transport))

    def products(self) -> list[dict[str, Any]]:
        """List the products."""
        return self._list("products")

    def models(self) -> list[dict[str, Any]]:
        """List the models that answer single requests."""
        return self._list("models")

    def product(self, name: str) -> Product:
        """Take a product, such as "sales.orders"."""
        return Product(self._wire, name)

    def features(self, view: str) -> Features:
        """Take a feature view, such as "customers.customer_behaviour"."""
        return Features(self._wire, view)

    def model(self, name: str) -> Model:
        """Take a model, such as "fraud"."""
        return Model(self._wire, name)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _list(self, what: str) -> list[dict[str, Any]]:
        found, _ = self._wire.ask(Asking("GET", f"/{what}"), read_json)
        return list(found[what])


def _refuse_unsafe(address: str, plain_http: bool) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"'{address}' is no address (rule: http(s)://host[:port]); pass one or set {URL}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not plain_http:
        raise UserError(
            f"'{address}' would carry the token unencrypted (rule: https beyond this machine); use https://"
        )
