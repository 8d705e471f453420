"""Which DataHub server, and how it is spoken to.

The token has no command-line option on purpose: a command's arguments are readable by every user of the machine.
"""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from mesh_platform.errors import UserError

TIMEOUT_S = 60.0
"""How long one answer may take: a synchronous batch waits for the server's database."""
BACKOFF_S = 0.5
"""The first wait before a retry; each further one doubles it."""


class Mode(StrEnum):
    """DataHub's two write interfaces; `auto` takes OpenAPI where the server's version has it."""

    AUTO = "auto"
    RESTLI = "restli"
    OPENAPI = "openapi"


@dataclass(frozen=True, slots=True)
class Server:
    """A DataHub metadata service (GMS).

    Args:
        url: Its address, such as `http://localhost:8080` or `https://<frontend>/api/gms`.
        token: A personal access token; empty where the server asks for none.
        mode: The write interface.
        timeout_s: How long one answer may take.
        backoff_s: The first wait before a retry.
    """

    url: str
    token: str = field(default="", repr=False)
    mode: Mode = Mode.AUTO
    timeout_s: float = TIMEOUT_S
    backoff_s: float = BACKOFF_S

    @classmethod
    def from_environment(cls, url: str | None = None, mode: str | None = None) -> Self:
        """Resolve the server from DATAHUB_GMS_URL, DATAHUB_GMS_TOKEN and DATAHUB_MODE.

        Args:
            url: An address that wins over the environment's.
            mode: A mode that wins over the environment's.

        Raises:
            UserError: Without an address, or with one that is no web address, or with an unknown mode.
        """
        address = (url or os.environ.get("DATAHUB_GMS_URL", "")).rstrip("/")
        if not address:
            raise UserError("no DataHub server is named; set DATAHUB_GMS_URL or pass --server http://host:8080")
        if not _is_web_address(address):
            raise UserError(f"server '{address}' is no web address (rule: http://host:port or https://host/api/gms)")
        if "@" in urlsplit(address).netloc:  # it would be printed, and be the name of a file
            raise UserError("the server's address carries a password (rule: none); set DATAHUB_GMS_TOKEN instead")
        return cls(address, _token(), _mode(mode or os.environ.get("DATAHUB_MODE") or Mode.AUTO))


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return False


def _token() -> str:
    token = os.environ.get("DATAHUB_GMS_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()):
        raise UserError("DATAHUB_GMS_TOKEN holds characters that no token has (rule: one line of ASCII); set it again")
    return token


def _mode(named: str) -> Mode:
    known = {mode.value: mode for mode in Mode}
    if named.lower() not in known:
        raise UserError(f"mode '{named}' of DATAHUB_MODE or --mode is unknown (rule: one of {', '.join(known)})")
    return known[named.lower()]
