"""What an answer says of itself: which contract and snapshot it is from, how old it is, and whether promises hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Trust:
    """Proof of where an answer comes from.

    Args:
        request_id: The request, to ask the operators about.
        product: The product; "" for models and features.
        contract_version: The version of its contract.
        snapshot: The snapshot's id; None where no one snapshot was read.
        published_at: When the snapshot was published.
        data_as_of: Until when there are rows in it.
        audit: The result of its audit, such as "passed; checks=41".
        service_level: Whether the promise of freshness holds, such as "fresh; behind_hours=3.0; promised_hours=26".
        sunset: Until when this major version is served; None where it has no end.
        headers: All headers of the answer, such as those of models.
    """

    request_id: str = ""
    product: str = ""
    contract_version: str = ""
    snapshot: int | None = None
    published_at: datetime | None = None
    data_as_of: datetime | None = None
    audit: str = ""
    service_level: str = ""
    sunset: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Read the headers of an answer."""
        snapshot, sunset = headers.get("mesh-snapshot"), headers.get("sunset")
        return cls(
            request_id=headers.get("x-request-id", ""),
            product=headers.get("mesh-product", ""),
            contract_version=headers.get("mesh-contract-version", ""),
            snapshot=int(snapshot) if snapshot else None,
            published_at=_instant(headers.get("mesh-published-at")),
            data_as_of=_instant(headers.get("mesh-data-as-of")),
            audit=headers.get("mesh-audit", ""),
            service_level=headers.get("mesh-service-level", ""),
            sunset=parsedate_to_datetime(sunset) if sunset else None,
            headers=dict(headers),
        )


def _instant(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
