"""The headers of every answer: this is data for programs, no page, and nobody in between keeps it."""

from __future__ import annotations

from collections.abc import Iterable

Header = tuple[bytes, bytes]
SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
"""Browsers ignore the last one where an answer did not come over TLS, as its standard (RFC 6797) asks them to."""
NOT_KEPT: Header = (b"cache-control", b"private, no-cache")
"""A consumer may keep an answer for itself and asks again with its ETag; nobody else may keep it."""
REQUEST_ID = b"x-request-id"


def secured(headers: Iterable[Header], request_id: str) -> list[Header]:
    """Add to an answer's headers what each answer has; what a route said itself stays.

    Args:
        headers: The headers of the answer.
        request_id: The request's id.
    """
    own = list(headers)
    said = {name.lower() for name, _ in own}
    added = [header for header in (*SECURITY, NOT_KEPT) if header[0] not in said]
    return [*own, *added, (REQUEST_ID, request_id.encode())]
