"""The issuer's public keys: fetched beside requests, kept, and fetched again when a token names one that is not known.

A request never waits for the issuer. Strangers can't make the mesh fetch again and again: between two fetches lies a
floor, and a failed fetch keeps the keys that are known.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from jwt import PyJWK

REFRESH_SECONDS: Final = 300.0
"""How old keys may get: an issuer announces a new key at least that long before it signs with it."""
FLOOR_SECONDS: Final = 10.0
"""Between two fetches that unknown key ids cause."""
TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 1 << 20
"""A key set is some kilobytes; what is larger is none."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only a private key can make. HMAC is not among them: whoever could check could forge."""
_KINDS: Final = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("Ed",)}
"""Kind of a key → the algorithms that go with it, by their first letters."""
_LOG: Final = logging.getLogger(__name__)


class KeySet:
    """The public keys under a URL.

    Args:
        url: Where they are.
        clock: Seconds that only grow.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = url, clock
        self._keys: Mapping[str, PyJWK] = {}
        self._guard = threading.Lock()
        self._fetching: threading.Thread | None = None
        self._fetched_at = float("-inf")

    def find(self, key_id: str) -> "PyJWK | None":
        """Find a key by its id."""
        return self._keys.get(key_id)

    def wanted(self) -> bool:
        """Have the keys fetched, since a token names one that is not known.

        Returns:
            Whether asking again soon can help: a fetch is under way, or none has worked yet.
        """
        with self._guard:
            if self._fetching is not None and self._fetching.is_alive():
                return True
            if self._clock() - self._fetched_at < FLOOR_SECONDS:
                return not self._keys
            self._fetched_at = self._clock()
            self._fetching = threading.Thread(target=self.fetch, name="mesh-jwks", daemon=True)
            self._fetching.start()
            return True

    def refresh(self) -> None:
        """Fetch keys that have grown old; a task of the gate's thread."""
        if self._clock() - self._fetched_at >= REFRESH_SECONDS:
            self.fetch()

    def fetch(self) -> bool:
        """Fetch the keys now.

        Returns:
            Whether it worked; where not, the keys from before stay.
        """
        self._fetched_at = self._clock()
        try:
            self._keys = _parsed(_read(self._url))
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            _LOG.error("the issuer's keys can't be fetched from %s: %s", self._url, type(error).__name__)
            return False
        return True


def _read(url: str) -> bytes:
    asked = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - settings allow https, file, own machine
    with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
        content: bytes = answer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError("larger than a key set")
    return content


def _parsed(content: bytes) -> "Mapping[str, PyJWK]":
    """Read the keys that can check signatures; others are passed over, as RFC 7517 asks."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    found: dict[str, PyJWK] = {}
    for said in json.loads(content)["keys"]:
        if not _checks_signatures(said):
            continue
        try:
            found[said["kid"]] = PyJWK.from_dict(said)
        except PyJWTError:
            _LOG.warning("a key of the issuer is of a kind that is not known; it is passed over")
    if not found:
        raise ValueError("no key that checks signatures")  # an issuer without keys is a mistake; those from before stay
    return found


def _checks_signatures(said: object) -> bool:
    if not isinstance(said, Mapping):
        return False
    algorithm = said.get("alg")
    return (
        isinstance(said.get("kid"), str)
        and said.get("kty") in _KINDS
        and said.get("use", "sig") == "sig"
        and (algorithm is None or algorithm in ALGORITHMS)
    )


def fits(key: "PyJWK", algorithm: str) -> bool:
    """Whether an algorithm goes with a key: a token does not choose how it is checked."""
    return algorithm in ALGORITHMS and algorithm.startswith(_KINDS.get(key.key_type or "", ()))
