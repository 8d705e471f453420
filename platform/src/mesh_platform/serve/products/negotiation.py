"""What a client can take: the format by Accept or `format=`, the compression by Accept-Encoding, and what it has."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from mesh_platform.errors import UnknownName
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.formats import FORMATS, Format

if TYPE_CHECKING:
    from starlette.requests import Request

ENCODINGS: Final = ("zstd", "gzip")
"""By preference: zstd packs as well as gzip at a fifth of the time."""
VARY: Final = "Accept, Accept-Encoding, Authorization"
_ALIASES: Final = {
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-parquet": "parquet",
    "application/parquet": "parquet",
}
_GZIP: Final = 31
"""zlib's window of 32 kB in gzip's frame."""
_FAST: Final = 1
"""The level of gzip that keeps up with making the rows."""


class Compressor(Protocol):
    """Packs an answer piece by piece."""

    def pack(self, data: bytes) -> bytes:
        """Pack a piece."""
        ...

    def end(self) -> bytes:
        """What is left, and the end mark."""
        ...


def format_of(request: Request) -> Format:
    """Choose the format of the answer.

    Raises:
        Problem: 406 where none of those that are asked for exists, 422 where `format=` names none.
    """
    named = request.query_params.get("format")
    if named is not None:
        if named not in FORMATS:
            wrong, rule = UnknownName.of("format", named[:20], list(FORMATS)), f"one of {', '.join(FORMATS)}"
            raise Problem(422, "unknown-format", f"format: {wrong}", "format", named[:20], rule)
        return FORMATS[named]
    known = {each.media_type.partition(";")[0]: each for each in FORMATS.values()}
    known |= {alias: FORMATS[name] for alias, name in _ALIASES.items()}
    for wanted in _preferred(request.headers.get("accept", "*/*")):
        if wanted in known:
            return known[wanted]
        main = wanted.removesuffix("*")
        if wanted.endswith("/*") and (
            found := next((f for t, f in known.items() if main in ("*/", t[: len(main)])), None)
        ):
            return found
    rule = ", ".join(each.media_type.partition(";")[0] for each in FORMATS.values())
    raise Problem(406, "no-such-format", f"Accept: take one of {rule}", "Accept", rule=rule)


def encoding_of(request: Request, answer: Format) -> str:
    """Choose the compression of the answer; "" for none."""
    if not answer.compressible:
        return ""
    wanted = _preferred(request.headers.get("accept-encoding", ""))
    return next((each for each in ENCODINGS if each in wanted or (each == "gzip" and "*" in wanted)), "")


def compressor(encoding: str) -> Compressor | None:
    """Make the compressor of an answer; None where it is sent as it is."""
    if encoding == "zstd":
        return Zstandard()
    return Gzip() if encoding else None


def tag_of(*parts: object) -> str:
    """Write an entity tag of all that an answer depends on."""
    return '"' + hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32] + '"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has the answer already."""
    said = request.headers.get("if-none-match", "")
    return said.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in said.split(",")]


class Gzip:
    """Gzip's format (RFC 1952)."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP)

    def pack(self, data: bytes) -> bytes:
        """Pack a piece."""
        return self._packer.compress(data)

    def end(self) -> bytes:
        """What is left."""
        return self._packer.flush()


class Zstandard:
    """Zstandard's format (RFC 8878): each piece a frame of its own, which readers join."""

    def pack(self, data: bytes) -> bytes:
        """Pack a piece."""
        import pyarrow as pa

        return bytes(pa.compress(data, codec="zstd", asbytes=True)) if data else b""

    def end(self) -> bytes:
        """Nothing is left."""
        return b""


def _preferred(header: str) -> Sequence[str]:
    """The entries of a header that are wanted at all, the most wanted first."""
    entries = [part.strip() for part in header.lower().split(",") if part.strip()]
    weighed = [(entry.partition(";")[0].strip(), _weight(entry)) for entry in entries]
    return [name for name, weight in sorted(weighed, key=lambda pair: -pair[1]) if weight > 0]


def _weight(entry: str) -> float:
    for part in entry.split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
