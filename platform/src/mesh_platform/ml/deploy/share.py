"""Draws who is answered by a canary: by chance, and for each entity always alike."""

from hashlib import blake2b
from typing import Final

_BYTES: Final = 8
_SPACE: Final = float(1 << (8 * _BYTES))


def drawn(model: str, version: int, entity: str, share: float) -> bool:
    """Tell whether an entity is answered by a canary.

    Every process draws alike, and who is drawn at a small share stays drawn at a larger one. Each version draws other
    entities, so that it is not always the same ones who are answered by what is new.

    Args:
        model: The model's name.
        version: The canary's version.
        entity: What the request names, such as an order.
        share: The share of entities that is drawn, from 0 to 1.
    """
    digest = blake2b(f"{model}:{version}:{entity}".encode(), digest_size=_BYTES).digest()
    return int.from_bytes(digest, "big") / _SPACE < share
