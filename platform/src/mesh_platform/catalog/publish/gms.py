"""A connection to a DataHub server: DataHub's own client sends; the rules of retrying and of giving up are the mesh's.

Every proposal is an upsert of a whole aspect, so one that arrives twice changes nothing: a batch whose answer was lost
is sent again.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from mesh_platform.catalog.publish.ledger import Key
from mesh_platform.catalog.publish.proposals import Proposal, entity_type
from mesh_platform.catalog.publish.refusals import explained, refusal_of
from mesh_platform.catalog.publish.server import Mode, Server
from mesh_platform.errors import MeshFailure, UserError

if TYPE_CHECKING:
    from datahub.ingestion.graph.client import DataHubGraph
    from datahub.metadata.schema_classes import MetadataChangeProposalClass

PIPELINE = "mesh-catalog"
"""Written into the system metadata of every aspect, by which the mesh knows its own entities on a shared server."""
TRIES = 7
"""With the default backoff about half a minute of a server that is too busy."""
CONNECTS = 2
"""A server that takes no connection at all is down, not busy; a person waits for the answer."""
WAIT_MAX_S = 60
"""The longest wait that a server's Retry-After may ask for."""
BUSY = frozenset({429, 500, 502, 503, 504})
"""500 too: DataHub answers so when its own database or index times out."""

GONE = 404
"""What a deletion is answered whose first answer was lost, or whose aspect somebody else has deleted."""


@dataclass(frozen=True, slots=True)
class Gms:
    """An open connection.

    Args:
        server: The server.
        mode: The interface in use, never `auto`.
        graph: DataHub's client.
    """

    server: Server
    mode: Mode
    graph: "DataHubGraph"

    @classmethod
    def connect(cls, server: Server) -> Self:
        """Open a connection and make sure that a DataHub server answers.

        Raises:
            UserError: Where the server refuses the token, or is no DataHub server.
            MeshFailure: Where nothing answers.
        """
        config = _config(_client(server, openapi=None), server)
        mode = server.mode if server.mode is not Mode.AUTO else _best_mode(config)
        return cls(server, mode, _client(server, openapi=mode is Mode.OPENAPI))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.graph.close()

    def send(self, batch: list[Proposal]) -> str | None:
        """Send a batch and wait until the server has stored it.

        Args:
            batch: Proposals of one entity type.

        Returns:
            Why the server refused the batch, of which it then stored nothing; None where it stored it.

        Raises:
            UserError: Where the server refuses the token or lacks the interface; nothing of the batch is stored.
            MeshFailure: Where the server does not answer, however often asked; the batch may be stored.
        """
        from datahub.configuration.common import OperationalError
        from datahub.emitter.rest_emitter import EmitMode

        try:
            self.graph.emit_mcps([_mcp(p) for p in batch], emit_mode=EmitMode.SYNC_PRIMARY)
        except OperationalError as error:
            return refusal_of(error, self.server.url)
        return None

    def delete_aspect(self, key: Key) -> None:
        """Take an aspect away from an entity that stays; only the OpenAPI has this, so both modes use it."""
        urn, aspect, _ = key
        self._delete(f"{entity_type(urn)}/{quote(urn, safe='')}/{aspect}")

    def delete_entity(self, urn: str) -> None:
        """Delete an entity of a type that has no soft delete."""
        if self.mode is Mode.OPENAPI:
            self._delete(f"{entity_type(urn)}/{quote(urn, safe='')}")
            return
        self.post("/entities?action=delete", {"urn": urn})

    def post(self, path: str, body: dict[str, Any] | list[dict[str, Any]]) -> Any:
        """Ask the server something that DataHub's client has no method for.

        Raises:
            MeshError: Where the server refuses or does not answer.
        """
        try:
            answer = self.graph.session.post(f"{self.server.url}{path}", json=body)
            answer.raise_for_status()
            return answer.json()
        except OSError as error:
            raise explained(error, self.server.url) from error

    def _delete(self, path: str) -> None:
        try:
            answer = self.graph.session.delete(f"{self.server.url}/openapi/v3/entity/{path}")
            if answer.status_code != GONE:
                answer.raise_for_status()
        except OSError as error:
            raise explained(error, self.server.url) from error


def has_soft_delete(urn: str) -> bool:
    """Whether DataHub can mark an entity as removed; a domain, for one, can only be deleted."""
    return "status" in legal_aspects(entity_type(urn))


def legal_aspects(kind: str) -> Iterable[str]:
    """List the aspects that DataHub's registry allows for an entity type."""
    from datahub.metadata.schema_classes import KEY_ASPECTS

    known = KEY_ASPECTS.get(kind)
    return [] if known is None else known.ASPECT_INFO["entityAspects"]


def _client(server: Server, *, openapi: bool | None) -> "DataHubGraph":
    os.environ.setdefault("DATAHUB_TELEMETRY_ENABLED", "false")
    from datahub.ingestion.graph.client import DataHubGraph
    from datahub.ingestion.graph.config import DatahubClientConfig
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    config = DatahubClientConfig(
        server=server.url, token=server.token or None, timeout_sec=server.timeout_s, openapi_ingestion=openapi
    )
    graph = DataHubGraph(config)
    patience = Retry(
        total=TRIES,
        connect=CONNECTS,
        allowed_methods=None,  # posts too: an upsert twice is an upsert once
        status_forcelist=BUSY,
        backoff_factor=server.backoff_s,
        backoff_max=WAIT_MAX_S,
        retry_after_max=WAIT_MAX_S,
        raise_on_status=False,
    )
    for adapter in graph.session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            adapter.max_retries = patience  # the client's own rules wait half a minute for a server that is down
    return graph


def _config(graph: "DataHubGraph", server: Server) -> dict[str, Any]:
    try:
        answer = graph.session.get(f"{server.url}/config")
        answer.raise_for_status()
        config = answer.json()
    except ValueError as error:  # before OSError: the client's JSON error is both
        raise _no_datahub(server, "answers, but with no JSON") from error
    except OSError as error:
        raise explained(error, server.url) from error
    if not isinstance(config, dict) or config.get("noCode") != "true":
        raise _no_datahub(server, "answers /config, but not as DataHub's metadata service")
    return config


def _no_datahub(server: Server, found: str) -> UserError:
    return UserError(
        f"{server.url} {found} (rule: DATAHUB_GMS_URL names the metadata service, usually http://host:8080 "
        "or https://<frontend>/api/gms); nothing was sent"
    )


def _best_mode(config: dict[str, Any]) -> Mode:
    from datahub.utilities.server_config_util import RestServiceConfig, ServiceFeature

    try:
        modern = RestServiceConfig(raw_config=config).supports_feature(ServiceFeature.OPEN_API_SDK)
    except ValueError as error:
        raise MeshFailure(f"the server's version can't be read ({error}); choose with --mode") from error
    return Mode.OPENAPI if modern else Mode.RESTLI


def _mcp(proposal: Proposal) -> "MetadataChangeProposalClass":
    from datahub.emitter.aspect import JSON_CONTENT_TYPE
    from datahub.metadata.schema_classes import (
        ChangeTypeClass,
        GenericAspectClass,
        MetadataChangeProposalClass,
        SystemMetadataClass,
    )

    return MetadataChangeProposalClass(
        entityType=proposal.entity_type,
        changeType=ChangeTypeClass.UPSERT,
        entityUrn=proposal.urn,
        aspectName=proposal.aspect,
        aspect=GenericAspectClass(value=proposal.value, contentType=JSON_CONTENT_TYPE),
        systemMetadata=SystemMetadataClass(lastObserved=int(time.time() * 1000), pipelineName=PIPELINE),
    )
