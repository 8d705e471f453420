"""What every route is given: the lake, the published documents, the gate, the log of accesses, the metrics.

The parts are interfaces, so that routes know neither how callers prove who they are nor where accesses are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request

    from mesh_platform.contract.export.read import PublishedProduct
    from mesh_platform.lake import Lake


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, once proven.

    Args:
        consumer: The registered consumer, or "developer" for the key of one machine.
        proof: What proved it: the key's public id, or the token's subject and id; never the secret.
        purpose: What the consumer registered for.
        kind: "key", "token" or "development".
        expires_at: When the proof ends, in seconds since 1970; None where it is asked for anew.
    """

    consumer: str
    proof: str
    purpose: str
    kind: str
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column, from a policy.

    Args:
        column: The column.
        operator: "eq", "ne", "lt", "le", "gt", "ge" or "in".
        value: A value, or a tuple of them for "in".
    """

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Permit:
    """What a caller may see of one major version of a product, and for what.

    Args:
        caller: Who.
        product: The product's full name.
        major: The major version.
        purpose: Why.
        columns: The columns it may read, in the contract's order.
        clear: Those of them whose personal data it sees unmasked.
        rows: Conditions that every row it gets fulfils, all of them.
        expires: The last day on which it holds.
    """

    caller: Caller
    product: str
    major: int
    purpose: str
    columns: tuple[str, ...]
    clear: frozenset[str] = frozenset()
    rows: tuple[Filter, ...] = ()
    expires: date = date.max


@dataclass(frozen=True, slots=True)
class Access:
    """One use of the APIs, as the audit log keeps it: no values of rows, no secrets.

    Args:
        request_id: The request.
        consumer: Who; "" where nobody was proven.
        proof: By what; see `Caller`.
        action: "rows", "row", "aggregate", "changes", "features", "predict", "describe", …
        product: The product or model's product; "" where none.
        major: Its major version; 0 where none.
        purpose: Why.
        columns: What was read.
        personal: The columns that were given unmasked.
        snapshot: The snapshot that was read; 0 where none.
        rows: How many rows left.
        status: The HTTP status.
        reason: Why it was refused; "" where it wasn't.
    """

    request_id: str
    consumer: str
    proof: str
    action: str
    product: str = ""
    major: int = 0
    purpose: str = ""
    columns: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    snapshot: int = 0
    rows: int = 0
    status: int = 200
    reason: str = ""


class Gate(Protocol):
    """Who may see what."""

    def admit(self, request: Request) -> Caller:
        """Prove who asks, and count the request against the consumer's rate.

        Raises:
            Problem: 401 without a valid proof, 429 where the consumer asks too often.
        """
        ...

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        """Tell what a caller may see of a product.

        Args:
            caller: Who asks.
            product: The major version that is asked for.
            columns: The columns that are needed; None for those that are allowed.

        Raises:
            Problem: 403 where there is no grant, it has expired, or it lacks a column.
        """
        ...

    def holds(self, permit: Permit) -> bool:
        """Whether a permit still holds: asked again between the chunks of a stream, so cheap."""
        ...

    def spend(self, caller: Caller, rows: int) -> None:
        """Count rows against the consumer's daily quota.

        Raises:
            Problem: 429 where the quota is used up.
        """
        ...


class AccessLog(Protocol):
    """The append-only log of accesses."""

    def record(self, access: Access) -> None:
        """Remember an access; never waits for a disk on the request's path."""
        ...


class Metrics(Protocol):
    """What is counted and timed."""

    def observe(self, kind: str, name: str, route: str, version: str, status: int, seconds: float) -> None:
        """Time one answer.

        Args:
            kind: "product", "features" or "model".
            name: The product or the model.
            route: The template of the path, or "champion", "canary", "shadow", "fallback" of a model.
            version: Contract or model version.
            status: The HTTP status.
            seconds: From the request to the answer's last byte.
        """
        ...

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Set a gauge, such as the freshness of a product."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """What every route is given.

    Args:
        settings: Where the mesh keeps its state.
        contracts: The folder of published documents.
        lake: The published rows.
        gate: Who may see what.
        accesses: The log of accesses.
        metrics: What is counted.
        extras: What one room keeps for its own routes.
    """

    settings: Settings
    contracts: Path
    lake: Lake
    gate: Gate
    accesses: AccessLog
    metrics: Metrics
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)
