"""How the gate refuses: every wrong proof in the same words, so that nobody learns which part of it was wrong."""

from collections.abc import Sequence
from datetime import date

from mesh_platform.contract.consumers import Use
from mesh_platform.serve.problems import Problem

REALM = 'Bearer realm="mesh"'
SAID_COLUMNS = 20
"""How many column names a refusal repeats."""


def no_proof() -> Problem:
    """Nobody said who asks."""
    return Problem(
        401,
        "no-proof",
        "No API key or token was sent; send the header 'Authorization: Bearer <key>'. `mesh keys create` makes a key.",
        field="Authorization",
        rule="Bearer <API key or token>, once",
        headers={"WWW-Authenticate": REALM},
    )


def wrong_proof() -> Problem:
    """What was sent proves nobody, whatever is wrong with it."""
    return Problem(
        401,
        "wrong-proof",
        "The API key or token is not valid; check that it is whole, has not expired and was not revoked.",
        field="Authorization",
        rule="a valid API key or token",
        headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
    )


def issuer_unknown() -> Problem:
    """The issuer's keys are being fetched, because a token names a new one."""
    return Problem(
        503,
        "keys-being-fetched",
        "The issuer's signing keys are being fetched; ask again in a second.",
        field="Authorization",
        headers={"Retry-After": "1"},
    )


def unregistered() -> Problem:
    """Somebody is proven who is no registered consumer."""
    return Problem(
        403,
        "unknown-consumer",
        "The proof is valid, but whom it names is no registered consumer; register it under contracts/consumers/.",
        field="Authorization",
        rule="a registered consumer",
    )


def no_grant(consumer: str, product: str, major: int, uses: Sequence[Use]) -> Problem:
    """A consumer asks for a product that it registered no use of."""
    has = ", ".join(f"{use.product} v{use.major}" for use in uses) or "none"
    return Problem(
        403,
        "no-grant",
        f"Consumer '{consumer}' registered no use of {product} v{major}; it has: {has}. "
        f"Add the use to contracts/consumers/{consumer}.yaml.",
        field="product",
        value=f"{product} v{major}",
        rule="a registered use",
    )


def expired(consumer: str, product: str, major: int, day: date) -> Problem:
    """The use has had its last day."""
    return Problem(
        403,
        "grant-expired",
        f"The use of {product} v{major} by '{consumer}' expired on {day}; renew it in "
        f"contracts/consumers/{consumer}.yaml.",
        field="product",
        value=f"{product} v{major}",
        rule=f"until {day}",
    )


def no_column(consumer: str, product: str, major: int, lacking: Sequence[str], granted: Sequence[str]) -> Problem:
    """A consumer asks for columns that its use does not name."""
    return Problem(
        403,
        "no-grant-for-column",
        f"The use of {product} v{major} by '{consumer}' does not name {', '.join(lacking[:SAID_COLUMNS])}; leave it "
        f"out, or add it to contracts/consumers/{consumer}.yaml.",
        field="columns",
        value=", ".join(lacking[:SAID_COLUMNS]),
        rule=f"of {', '.join(granted[:SAID_COLUMNS])}",
    )


def log_failing() -> Problem:
    """Accesses can't be written down, so nothing is served."""
    return Problem(
        503,
        "access-log-failing",
        "Accesses can't be written down at the moment, and nothing is served unrecorded; ask again later.",
        headers={"Retry-After": "5"},
    )
