"""Who may see what: a proof names a consumer, and the consumer's registration is its permit.

Nothing is open: without a valid key or token there is no answer. The way of a request through the gate asks memory and
local files, never a network, except Redis where machines share limits.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from mesh_platform.contract.consumers import DEVELOPER, Consumer, Use
from mesh_platform.contract.export.masks import masked_columns
from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.serve.identity import refusals
from mesh_platform.serve.identity.background import Background
from mesh_platform.serve.identity.jwks import KeySet
from mesh_platform.serve.identity.keys import PREFIX, Key, Keys
from mesh_platform.serve.identity.limits import Allowance, Counter, counter_at
from mesh_platform.serve.identity.limits.allowance import seconds_to_midnight
from mesh_platform.serve.identity.registrations import Registrations
from mesh_platform.serve.identity.settings import IdentitySettings
from mesh_platform.serve.identity.tokens import Tokens
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Caller, Filter, Permit
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request

KEY: Final = "key"
ISSUED: Final = "token"
DEVELOPMENT: Final = "development"
_SCHEME: Final = "bearer"


class Ready(Protocol):
    """What the gate asks of the log of accesses."""

    def refuse_unrecorded(self) -> None:
        """Raise a Problem where an access could not be recorded."""
        ...


class MeshGate:
    """The gate of the data product APIs; see `service.Gate`.

    Args:
        keys: The API keys.
        registrations: The consumers.
        counter: Counts requests and rows.
        accesses: The log without which nothing is served; None where accesses are logged elsewhere.
        tokens: Checks tokens; None where only keys are accepted.
        now: The instant, in UTC.
    """

    def __init__(
        self,
        keys: Keys,
        registrations: Registrations,
        counter: Counter,
        accesses: Ready | None = None,
        tokens: Tokens | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys, self._registrations, self._counter = keys, registrations, counter
        self._accesses, self._tokens, self._now = accesses, tokens, now
        self._used: dict[str, datetime] = {}

    def admit(self, request: "Request") -> Caller:
        """Prove who asks, and count the request against the consumer's rate; see `service.Gate`."""
        if self._accesses is not None:
            self._accesses.refuse_unrecorded()
        caller, consumer = self._caller(_bearer(request))
        allowance = Allowance.of(consumer)
        wait = self._counter.take(allowance)
        if wait:
            raise _too_often(allowance, wait)
        return caller

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        """Tell what a caller may see of a product; see `service.Gate`."""
        name, major = product.full_name, product.major
        if caller.kind == DEVELOPMENT:
            return Permit(caller, name, major, caller.purpose, _granted(product, None, columns))
        use = self._registrations.use(caller.consumer, name, major)
        if use is None:
            raise refusals.no_grant(caller.consumer, name, major, self._registrations.uses(caller.consumer))
        if use.expires < self._now().date():
            raise refusals.expired(caller.consumer, name, major, use.expires)
        seen = _granted(product, use, columns, caller.consumer)
        clear = frozenset(use.clear) & masked_columns(product.columns) & frozenset(seen) if use.clear else frozenset()
        purpose = use.purpose or caller.purpose
        return Permit(caller, name, major, purpose, seen, clear, _filters(use), use.expires)

    def holds(self, permit: Permit) -> bool:
        """Whether a permit still holds; see `service.Gate`."""
        caller = permit.caller
        if caller.kind != ISSUED and not self._keys.works(caller.proof):
            return False
        if caller.expires_at is not None and self._now().timestamp() >= caller.expires_at:
            return False
        if caller.kind == DEVELOPMENT:
            return True
        use = self._registrations.use(caller.consumer, permit.product, permit.major)
        return (
            use is not None
            and use.expires >= self._now().date()
            and set(permit.columns) <= set(use.columns)
            and permit.clear <= set(use.clear)
            and permit.rows == _filters(use)
        )

    def spend(self, caller: Caller, rows: int) -> None:
        """Count rows against the consumer's daily quota; see `service.Gate`."""
        consumer = self._registrations.consumer(caller.consumer)
        if consumer is None:
            raise refusals.unregistered()
        allowance, now = Allowance.of(consumer), self._now()
        if not self._counter.spend(allowance, rows, now):
            raise _too_much(allowance, seconds_to_midnight(now))

    def write_used(self) -> None:
        """Write down when keys were used; a task of the gate's thread."""
        if used := self._used:
            self._used = {}
            self._keys.used(used)

    def _caller(self, proof: str) -> tuple[Caller, Consumer]:
        if proof.startswith(f"{PREFIX}_"):
            key = self._keys.proven(proof)
            if key is None:
                raise refusals.wrong_proof()
            self._note_use(key)
            return self._registered(key.consumer, key.id, DEVELOPMENT if key.consumer == DEVELOPER else KEY)
        if self._tokens is None:
            raise refusals.wrong_proof()
        proven = self._tokens.proven(proof)
        if proven.consumer == DEVELOPER:
            raise refusals.unregistered()  # only the key of this machine proves its developer
        return self._registered(proven.consumer, proven.proof, ISSUED, proven.expires_at)

    def _note_use(self, key: Key) -> None:
        """Remember that a key was used, once a minute."""
        now = self._now()
        if key.used_at is None or now - key.used_at >= timedelta(minutes=1):
            self._used[key.id] = now

    def _registered(self, name: str, proof: str, kind: str, expires_at: float | None = None) -> tuple[Caller, Consumer]:
        consumer = self._registrations.consumer(name)
        if consumer is None:
            raise refusals.unregistered()
        return Caller(name, proof, consumer.purpose, kind, expires_at), consumer


def _bearer(request: "Request") -> str:
    """The credentials of the one Authorization header; two could be read differently by a proxy and by us."""
    sent = request.headers.getlist("authorization")
    if not sent:
        raise refusals.no_proof()
    scheme, _, proof = sent[0].partition(" ")
    proof = proof.strip()
    if len(sent) > 1 or scheme.lower() != _SCHEME or not proof or not proof.isascii():
        raise refusals.wrong_proof()
    return proof


def _granted(
    product: PublishedProduct, use: Use | None, columns: Sequence[str] | None, consumer: str = DEVELOPER
) -> tuple[str, ...]:
    """The columns that may be seen, in the contract's order."""
    known = [column.name for column in product.columns]
    granted = frozenset(known if use is None else use.columns)
    asked = granted if columns is None else frozenset(columns)
    if not asked <= granted:
        granted_in_order = [name for name in known if name in granted]
        lacking = [name for name in dict.fromkeys(columns or ()) if name not in granted]
        raise refusals.no_column(consumer, product.full_name, product.major, lacking, granted_in_order)
    return tuple(name for name in known if name in asked)


def _filters(use: Use) -> tuple[Filter, ...]:
    return tuple(Filter(rule.column, rule.operator, rule.value) for rule in use.rows)


def _too_often(allowance: Allowance, wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    return Problem(
        429,
        "too-many-requests",
        f"Consumer '{allowance.consumer}' asks more than {allowance.rate:g} times a second; wait {seconds} s, or "
        f"register a higher limit in contracts/consumers/{allowance.consumer}.yaml.",
        rule=f"{allowance.rate:g} requests a second",
        headers=_limited("requests", int(allowance.burst), math.ceil(allowance.burst / allowance.rate), seconds),
    )


def _too_much(allowance: Allowance, seconds: int) -> Problem:
    return Problem(
        429,
        "quota-used-up",
        f"Consumer '{allowance.consumer}' may take {allowance.rows:,.0f} rows a day (UTC), and this would be more; ask "
        f"for fewer, wait until tomorrow, or register more in contracts/consumers/{allowance.consumer}.yaml.",
        rule=f"{allowance.rows:,.0f} rows a day",
        headers=_limited("rows", int(allowance.rows), 86_400, seconds),
    )


def _limited(name: str, quota: int, window_seconds: int, seconds: int) -> dict[str, str]:
    """The headers of a refusal: RFC 9110's, and those of the IETF draft on rate limits."""
    return {
        "Retry-After": str(seconds),
        "RateLimit-Policy": f'"{name}";q={quota};w={window_seconds}',
        "RateLimit": f'"{name}";r=0;t={seconds}',
    }


class OpenGate(MeshGate):
    """A gate with the thread that keeps it current.

    Args:
        settings: Where the keys are.
        contracts: Where the registrations are.
        identity: Who issues tokens, where limits are counted.
        accesses: The log without which nothing is served.
    """

    def __init__(
        self, settings: Settings, contracts: Path, identity: IdentitySettings, accesses: Ready | None = None
    ) -> None:
        keys, registrations = Keys.of(settings), Registrations(contracts)
        issuer = KeySet(identity.jwks_url) if identity.accepts_tokens else None
        tokens = Tokens(identity, issuer) if issuer else None
        counter = counter_at(identity.limits_url, settings.home / "serve" / "limits.db")
        super().__init__(keys, registrations, counter, accesses, tokens)
        tasks: list[Callable[[], object]] = [registrations.refresh, self.write_used]
        if issuer:
            issuer.fetch()
            tasks.append(issuer.refresh)
        self._background = Background("mesh-gate", tasks)

    def close(self) -> None:
        """End the thread, write down what is left, close the file of keys."""
        self._background.close()
        self._keys.close()
