"""What a request for features asks: entities by their keys, and which features of them.

A key's value may be personal, so no error repeats one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mesh_platform.features.online.keys import LARGEST, RULES, SEPARATOR, part_of
from mesh_platform.features.online.kinds import kind
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from mesh_platform.features.online.codec import Fields

MOST_KEYS: Final = 1_000
"""Entities of one request: what a ranking of candidates needs."""
JSON: Final = "application/json"
PARAMETERS: Final = frozenset({"key", "feature"})
WRITTEN: Final = frozenset({"date", "instant"})
"""Kinds that JSON writes as text."""


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request.

    Args:
        keys: A value an entity, or a list of values where several columns name it.
        features: The features; None for all.
    """

    keys: list[Any]
    features: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request before its keys' types are known.

    Args:
        keys: As they were sent.
        features: Their names; None for all.
    """

    keys: Sequence[Any]
    features: tuple[str, ...] | None


_BODY = msgspec.json.Decoder(Body)


async def of_body(request: Request) -> Asked:
    """Read a POST.

    Raises:
        Problem: 415 where the body is not JSON by its type, 400 where it is none, 422 where it has another shape.
    """
    said = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if said != JSON:
        raise Problem(415, "wrong-media-type", f"the body must be {JSON}", "Content-Type", said[:80], JSON)
    try:
        body = _BODY.decode(await request.body())
    except msgspec.ValidationError as error:
        shape = '{"keys": [...], "features": [...]}; "features" may be left out'
        raise Problem(
            422, "wrong-field", f"the body is not as asked for: {_place(error)}", "body", rule=shape
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last for lists in lists without end
        raise Problem(400, "unreadable", "the body must be JSON (RFC 8259)", "body", rule="JSON") from None
    return _bounded(Asked(body.keys, None if body.features is None else tuple(dict.fromkeys(body.features))))


def of_query(request: Request) -> Asked:
    """Read a GET: `key` once an entity, `feature` once a feature.

    Raises:
        Problem: 422 for any other parameter.
    """
    for name in request.query_params:
        if name not in PARAMETERS:
            raise Problem(
                422, "unknown-parameter", f"there is no parameter '{name[:80]}'", name[:80], rule="key, feature"
            )
    features = tuple(dict.fromkeys(request.query_params.getlist("feature")))
    return _bounded(Asked(request.query_params.getlist("key"), features or None))


def _place(error: msgspec.ValidationError) -> str:
    """What is wrong and where, without a value: the decoder names types and places only, and unknown fields."""
    return str(error)[:200]


def _bounded(asked: Asked) -> Asked:
    if not 1 <= len(asked.keys) <= MOST_KEYS:
        rule = f"1 to {MOST_KEYS} keys"
        raise Problem(
            422, "wrong-number", f"{len(asked.keys)} keys were sent; send {rule}", "keys", len(asked.keys), rule
        )
    return asked


def typed_keys(asked: Asked, entity: Fields, *, texts: bool) -> list[tuple[Any, ...]]:
    """Give keys the types of the view's entity.

    Args:
        asked: The request.
        entity: The columns of a key; none where the store has no entity yet, and then any key is unknown.
        texts: Whether every part is still a text, as in a query.

    Raises:
        Problem: 422 naming the key's place and the rule.
    """
    if not entity:
        return [(n,) for n, _ in enumerate(asked.keys)]
    return [_typed(key, place, entity, texts=texts) for place, key in enumerate(asked.keys)]


def _typed(key: Any, place: int, entity: Fields, *, texts: bool) -> tuple[Any, ...]:
    if texts and len(entity) > 1:
        key = key.split(SEPARATOR)
    parts = key if isinstance(key, list) else [key]
    names = ", ".join(name for name, _ in entity)
    if len(parts) != len(entity):
        detail = f"key {place} has {len(parts)} parts; an entity is named by {names}"
        raise Problem(422, "wrong-key", detail, f"keys[{place}]", rule=f"{len(entity)} values: {names}")
    return tuple(
        _part(part, f"keys[{place}]", name, kept, texts=texts) for part, (name, kept) in zip(parts, entity, strict=True)
    )


def _part(part: Any, where: str, name: str, kept: str, *, texts: bool) -> Any:
    found = part
    if isinstance(part, str) and (texts or kept in WRITTEN):
        try:
            found = part_of(part, kept)
        except ValueError:
            found = None
    too_large = type(found) is int and not -LARGEST <= found < LARGEST
    if type(found) is not kind(kept).python or too_large:
        raise Problem(422, "wrong-key", f"{where}: {name} is {RULES[kept]}; send one", where, rule=RULES[kept])
    return found
