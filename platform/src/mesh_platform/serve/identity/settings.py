"""Where proofs of identity and shared limits come from; one machine needs none of it.

Read from the environment when the service starts, never at import.
"""

import os
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from mesh_platform.errors import UserError

ISSUER, AUDIENCE, JWKS_URL = "MESH_OIDC_ISSUER", "MESH_OIDC_AUDIENCE", "MESH_OIDC_JWKS_URL"
CONSUMER_CLAIMS, LIMITS_URL = "MESH_OIDC_CONSUMER_CLAIMS", "MESH_LIMITS_URL"
JWKS_SCHEMES: Final = ("https", "http", "file")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts from which signing keys may come without TLS: nobody is in between."""


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Who issues tokens, for whom, and where limits are counted.

    Args:
        issuer: The `iss` of accepted tokens (`MESH_OIDC_ISSUER`); "" where only API keys are accepted.
        audience: The `aud` that they must name (`MESH_OIDC_AUDIENCE`).
        jwks_url: Where the issuer's public keys are: https, http on this machine, or file (`MESH_OIDC_JWKS_URL`).
        consumer_claims: The claims that may name the consumer, the first that is there counts
            (`MESH_OIDC_CONSUMER_CLAIMS`, comma-separated).
        limits_url: The Redis in which several machines count together (`MESH_LIMITS_URL`); "" where the
            workers of one machine do.
    """

    issuer: str = ""
    audience: str = ""
    jwks_url: str = ""
    consumer_claims: tuple[str, ...] = ("azp", "sub")
    limits_url: str = field(default="", repr=False)

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            UserError: Where tokens are accepted by halves, or keys would come over a line that anybody can change.
        """
        named = {name: os.environ.get(name, "") for name in (ISSUER, AUDIENCE, JWKS_URL)}
        missing = [name for name, value in named.items() if not value]
        if missing and len(missing) < len(named):
            raise UserError(
                f"{', '.join(missing)} not set (rule: all of {', '.join(named)}, or none); set it, or unset the others"
            )
        claims = tuple(c for c in map(str.strip, os.environ.get(CONSUMER_CLAIMS, "").split(",")) if c)
        jwks_url = named[JWKS_URL]
        if jwks_url:
            _refuse_unsafe(jwks_url)
        return cls(named[ISSUER], named[AUDIENCE], jwks_url, claims or ("azp", "sub"), os.environ.get(LIMITS_URL, ""))

    @property
    def accepts_tokens(self) -> bool:
        """Whether tokens of an issuer are accepted beside API keys."""
        return bool(self.issuer)


def _refuse_unsafe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in JWKS_SCHEMES or (parts.scheme == "http" and parts.hostname not in LOOPBACK):
        raise UserError(
            f"{JWKS_URL} '{url}' (rule: https, http on this machine, or file, for who changes the keys on the way "
            "is everybody); write https://…"
        )
