"""Lines that carry the hash of the line before: a line that is changed or taken out is found.

A line is a JSON object whose last field is the SHA-256 of everything before it, the hash of the previous line included.
A chain has no key: who can rewrite all files can forge them all from some line on, but not without changing every hash
after it, the lake's copy of which was published long ago.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FIRST: Final = "0" * 64
"""What the first line of the first chain carries in place of a previous hash."""
_HASH: Final = b',"line_hash":"'
_END: Final = b'"}'
_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Link:
    """What a line says of its place.

    Args:
        chain: The chain.
        sequence: Its number in the chain, from 1.
        previous: The hash of the line before; of a chain's first line that of another chain's, or FIRST.
        hash: Its own hash.
    """

    chain: str
    sequence: int
    previous: str
    hash: str


def chained(said: Mapping[str, Any], chain: str, sequence: int, previous: str) -> tuple[bytes, str]:
    """Write a line.

    Args:
        said: Its fields.
        chain: The chain.
        sequence: Its number in it.
        previous: The hash of the line before.

    Returns:
        The line with its end, and its hash.
    """
    import orjson

    body = orjson.dumps({**said, "chain": chain, "sequence": sequence, "previous_hash": previous})
    own = hashlib.sha256(body).hexdigest()
    return body[:-1] + _HASH + own.encode() + _END + b"\n", own


def link_of(line: bytes) -> Link | None:
    """Read a line's place; None where the line was changed or is none."""
    text = line.rstrip(b"\n")
    cut = len(text) - len(_HASH) - _DIGITS - len(_END)
    if cut < 0 or text[cut : cut + len(_HASH)] != _HASH or not text.endswith(_END):
        return None
    body, own = text[:cut] + b"}", text[cut + len(_HASH) : -len(_END)].decode(errors="replace")
    if hashlib.sha256(body).hexdigest() != own:
        return None
    try:
        said = json.loads(body)
        return Link(said["chain"], said["sequence"], said["previous_hash"], own)
    except (ValueError, KeyError, TypeError):
        return None
