"""Bearer tokens of an OpenID issuer (RFC 7519, RFC 8725): checked offline against the issuer's public keys.

Every token is wrong in the same way, so that nobody learns what to mend. A token that was found right is remembered by
its hash, since checking a signature takes longer than everything else the gate does.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mesh_platform.serve.identity import refusals
from mesh_platform.serve.identity.jwks import ALGORITHMS, KeySet, fits
from mesh_platform.serve.identity.settings import IdentitySettings

MAX_LENGTH: Final = 8_192
"""Characters of a token: what is longer is refused unread; servers refuse such headers anyway."""
MAX_KEY_ID: Final = 256
LEEWAY_SECONDS: Final = 30
"""How far the issuer's clock may be from ours."""
REMEMBERED: Final = 4_096
"""How many right tokens are remembered."""
REQUIRED: Final = ("exp", "iss", "aud")


@dataclass(frozen=True, slots=True)
class Proven:
    """A token that was found right.

    Args:
        consumer: Whom it names.
        proof: Its subject and id.
        expires_at: When it ends, in seconds since 1970, leeway included.
        key: The id of the key that signed it.
    """

    consumer: str
    proof: str
    expires_at: float
    key: str


class Tokens:
    """Checks tokens.

    Args:
        settings: Who issues them, for whom.
        keys: The issuer's keys.
        clock: Seconds since 1970.
    """

    def __init__(self, settings: IdentitySettings, keys: KeySet, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._keys, self._clock = settings, keys, clock
        self._right: OrderedDict[bytes, Proven] = OrderedDict()

    def proven(self, text: str) -> Proven:
        """Check a token.

        Raises:
            Problem: 401 for whatever is wrong with it, 503 while the issuer's keys are fetched.
        """
        if len(text) > MAX_LENGTH:
            raise refusals.wrong_proof()
        name = hashlib.sha256(text.encode()).digest()
        known = self._right.get(name)
        if known is None or self._keys.find(known.key) is None:
            known = self._right[name] = self._checked(text)
            while len(self._right) > REMEMBERED:
                self._right.popitem(last=False)
        if self._clock() >= known.expires_at:
            self._right.pop(name, None)
            raise refusals.wrong_proof()
        return known

    def _checked(self, text: str) -> Proven:
        import jwt

        try:
            header = jwt.get_unverified_header(text)
            key_id, algorithm = header.get("kid"), header.get("alg")
            if not isinstance(key_id, str) or len(key_id) > MAX_KEY_ID or algorithm not in ALGORITHMS:
                raise refusals.wrong_proof()
            key = self._keys.find(key_id)
            if key is None:
                raise refusals.issuer_unknown() if self._keys.wanted() else refusals.wrong_proof()
            if not fits(key, algorithm):
                raise refusals.wrong_proof()
            claims = jwt.decode(
                text,
                key.key,
                algorithms=[algorithm],  # of the allow-list, and of the kind of the key that the issuer published
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": list(REQUIRED), "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError):
            raise refusals.wrong_proof() from None
        return self._proven(claims, text, key_id)

    def _proven(self, claims: Mapping[str, Any], text: str, key_id: str) -> Proven:
        named = (claims[claim] for claim in self._settings.consumer_claims if claim in claims)
        consumer = next(named, None)
        if not isinstance(consumer, str) or not consumer:
            raise refusals.wrong_proof()
        token_id = claims.get("jti") or hashlib.sha256(text.encode()).hexdigest()[:16]
        proof = f"{claims.get('sub', '')}/{token_id}"[:MAX_KEY_ID]
        return Proven(consumer, proof, float(claims["exp"]) + LEEWAY_SECONDS, key_id)
