"""Which DataHub server, and how it is spoken to.

The token has no command-line option on purpose: a command's arguments are readable by every user of the machine.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

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
    def of(cls, settings: Settings, url: str | None = None, mode: str | None = None) -> Self:
        """Resolve the server that the settings name.

        Args:
            settings: Its address, token and mode.
            url: An address that wins over that of the settings.
            mode: A mode that wins over that of the settings.

        Raises:
            UserError: Without an address, or with one that is no web address, or with an unknown mode.
        """
        address = (url or settings.datahub_url).rstrip("/")
        if not address:
            raise UserError("no DataHub server is named; set DATAHUB_GMS_URL or pass --server http://host:8080")
        if not _is_web_address(address):
            raise UserError(f"server '{address}' is no web address (rule: http://host:port or https://host/api/gms)")
        if "@" in urlsplit(address).netloc:  # it would be printed, and be the name of a file
            raise UserError("the server's address carries a password (rule: none); set DATAHUB_GMS_TOKEN instead")
        return cls(address, _checked(settings.datahub_token.strip()), _mode(mode or settings.datahub_mode or Mode.AUTO))


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return False


def _checked(token: str) -> str:
    if not (token.isascii() and token.isprintable()):
        raise UserError("DATAHUB_GMS_TOKEN holds characters that no token has (rule: one line of ASCII); set it again")
    return token


def _mode(named: str) -> Mode:
    known = {mode.value: mode for mode in Mode}
    if named.lower() not in known:
        raise UserError(f"mode '{named}' of DATAHUB_MODE or --mode is unknown (rule: one of {', '.join(known)})")
    return known[named.lower()]
