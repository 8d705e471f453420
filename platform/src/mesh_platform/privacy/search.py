"""A byte search over everything the mesh stores: where does a person still stand?

Compressed things are opened: Parquet values, the blocks of Avro manifests, archives, the values of SQLite databases.
It finds what is there whatever a contract says of it, so it serves to find the work and to prove that it is done.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.privacy.person import Person, pattern

THREADS: Final = 4
SCANNED: Final = 64  # files in one scan: fewer cost more than reading them, more cost memory
PATH: Final = "__path"
SYNC_BYTES: Final = 16
RAW: Final = -15  # zlib's word for deflate without a header, as Avro has it
CHUNK: Final = 8 << 20
LARGE: Final = 1 << 16  # bytes from which on asking Polars pays
PARQUET: Final = b"PAR1"
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
SQLITE: Final = b"SQLite format 3"
AVRO: Final = b"Obj\x01"
"""How the files of these formats begin."""


@dataclass(frozen=True, slots=True)
class Needles:
    """What is searched for.

    Args:
        texts: The identifiers.
        portraits: (names…, birth date): all of one in the same row or line.
    """

    texts: tuple[str, ...]
    portraits: tuple[tuple[str, ...], ...]
    _pattern: re.Pattern[bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        compiled = re.compile(pattern(self.texts).pattern.encode())
        object.__setattr__(self, "_pattern", compiled)

    @classmethod
    def of(cls, person: Person) -> Needles:
        """Search for a person."""
        return cls(tuple(person.identifiers), tuple(sorted(person.portraits)))

    def found_in(self, data: bytes) -> bool:
        """Whether bytes hold an identifier, or a line of them a whole portrait."""
        if self._likely(data) and self._pattern.search(data):
            return True
        return any(self._portrayed(data, portrait) for portrait in self.portraits)

    def _likely(self, data: bytes) -> bool:
        """Look for all identifiers at once: Polars does so at a gigabyte a second where the bytes are text."""
        if len(data) > LARGE and (text := _as_text(data)) is not None:
            return bool(pl.Series([text]).str.contains_any(list(self.texts)).item())
        return any(data.find(text.encode()) >= 0 for text in self.texts)

    def _portrayed(self, data: bytes, portrait: tuple[str, ...]) -> bool:
        *_, born = words = [word.encode() for word in portrait]
        at = data.find(born)
        while at >= 0:
            line = data[data.rfind(b"\n", 0, at) + 1 : _end(data, at)]
            if all(word in line for word in words):
                return True
            at = data.find(born, at + 1)
        return False


def _as_text(data: bytes) -> str | None:
    """Decode bytes; None where they are no text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def holding(paths: Iterable[Path], needles: Needles) -> list[Path]:
    """Name the files that hold one of the needles; files that vanish meanwhile don't."""
    tables: dict[Path, list[Path]] = defaultdict(list)
    others: list[Path] = []
    for path in paths:
        if path.suffix == ".parquet":
            tables[path.parent.parent].append(path)  # a table's files lie in a folder a day
        else:
            others.append(path)
    groups = [files[n : n + SCANNED] for files in tables.values() for n in range(0, len(files), SCANNED)]
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda path: _holds(path, needles), others))
        in_tables = [path for group in pool.map(lambda files: _among(files, needles), groups) for path in group]
    return sorted([*in_tables, *(path for path, holds in zip(others, found, strict=True) if holds)])


def stored_files(home: Path, left_out: Iterable[Path] = ()) -> list[Path]:
    """All files under a folder but those under the ones that are left out."""
    omitted = tuple(left_out)
    return sorted(p for p in home.rglob("*") if p.is_file() and not any(p.is_relative_to(o) for o in omitted))


def _holds(path: Path, needles: Needles) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if head.startswith(PARQUET):
            return bool(_among([path], needles))
        if head.startswith(SQLITE) and _sqlite_holds(path, needles):
            return True
        return any(needles.found_in(data) for data in _contents(path, head))
    except FileNotFoundError:
        return False


def _contents(path: Path, head: bytes) -> Iterator[bytes]:
    """The bytes of a file, and what is packed into them."""
    data = path.read_bytes()
    if head.startswith(AVRO):
        yield from _blocks(data)
    elif head.startswith(GZIP):
        yield gzip.decompress(data)
    elif head.startswith(ZIP) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    else:
        yield data


def _among(files: list[Path], needles: Needles) -> list[Path]:
    """The Parquet files that hold a needle: asked in one scan, or one by one where they differ in their columns."""
    try:
        return _parquet_holds(files, needles)
    except (pl.exceptions.PolarsError, OSError):
        return [path for path in files if _one_holds(path, needles)]


def _one_holds(path: Path, needles: Needles) -> bool:
    try:
        return bool(_parquet_holds([path], needles))
    except FileNotFoundError:
        return False
    except pl.exceptions.PolarsError:
        return needles.found_in(path.read_bytes())  # no Parquet file after all, or a broken one


def _parquet_holds(files: list[Path], needles: Needles) -> list[Path]:
    frame = pl.scan_parquet(list(files), glob=False, hive_partitioning=False, include_file_paths=PATH)
    schema = frame.collect_schema()
    texts = [name for name, dtype in schema.items() if dtype == pl.String and name != PATH]
    if not texts:
        return []
    says = [pl.col(name).str.contains_any(list(needles.texts)) for name in texts]
    likely = frame.select(PATH, *texts).filter(pl.any_horizontal(says)).collect(engine="streaming")
    found = {row[0] for row in likely.iter_rows() if any(v and needles.found_in(v.encode()) for v in row[1:])}
    for portrait in needles.portraits:
        found |= set(_portrayed(frame, schema, texts, portrait))
    return [path for path in files if str(path) in found]


def _portrayed(frame: pl.LazyFrame, schema: pl.Schema, texts: list[str], portrait: tuple[str, ...]) -> list[str]:
    """The files with a row that has all of a portrait, in whatever columns."""
    *names, born = portrait
    dates = [name for name, dtype in schema.items() if dtype == pl.Date]
    if not dates or len(texts) < len(names):
        return []
    day = pl.any_horizontal([pl.col(d) == date.fromisoformat(born) for d in dates])
    said = [pl.any_horizontal([pl.col(t) == name for t in texts]) for name in names]
    return frame.filter(day).filter(pl.all_horizontal(said)).select(PATH).collect()[PATH].to_list()


def _sqlite_holds(path: Path, needles: Needles) -> bool:
    """Look at the values: one that is longer than a page is not in one piece in the file."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as database:
            tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
            return any(needles.found_in(data) for name in tables for data in _values(database, name))
    except sqlite3.DatabaseError:
        return False  # its raw bytes are searched all the same


def _values(database: sqlite3.Connection, table: str) -> Iterator[bytes]:
    values: list[bytes] = []
    size = 0
    for row in database.execute(f'select * from "{table}"'):
        found = [v.encode() if isinstance(v, str) else v for v in row if isinstance(v, str | bytes)]
        values += found
        size += sum(map(len, found))
        if size > CHUNK:
            yield b"\n".join(values)
            values, size = [], 0
    yield b"\n".join(values)


def _blocks(data: bytes) -> Iterator[bytes]:
    """The decompressed blocks of an Avro container file (Avro specification 1.11, "Object Container Files")."""
    at = data.find(b"avro.codec")
    packed = at >= 0 and data[at : at + 32].find(b"deflate") >= 0
    at = len(AVRO)
    while (pairs := _number(data, at))[0]:
        count, at = pairs
        if count < 0:
            _, at = _number(data, at)
        for _ in range(2 * abs(count)):
            size, at = _number(data, at)
            yield data[at : at + size]
            at += size
    at = pairs[1] + SYNC_BYTES
    while at < len(data):
        _, at = _number(data, at)
        size, at = _number(data, at)
        block = data[at : at + size]
        yield zlib.decompress(block, RAW) if packed else block
        at += size + SYNC_BYTES


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag number of variable length."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), at


def _end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end
