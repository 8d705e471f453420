"""Landed files without a person: only the lines that name them change or go, every other byte stays.

A file keeps its time, and the ledger learns its new bytes, so that no run reads it again for that. The line numbers
that rows carry stay those of the file as it was read.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from mesh_platform.ingest import ledger_rows
from mesh_platform.ingest.tables import LEDGER, ledger_table, quarantine_table, raw_table
from mesh_platform.lake import Made, RowsOf
from mesh_platform.privacy.person import Person
from mesh_platform.privacy.places import Place
from mesh_platform.privacy.rows import Left, without_person
from mesh_platform.privacy.search import GZIP, PARQUET, Needles

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

CONTRACT: Final = "1.0.0"  # as the ingest records it
DAY: Final = r"(\d{4}-\d{2}-\d{2})"  # of delivery, in a file's name


def rewrite(path: Path, place: Place, person: Person) -> tuple[int, int]:
    """Take a person out of a landed file.

    Args:
        path: The file.
        place: Its source.
        person: The person.

    Returns:
        How many records went, and how many changed.
    """
    data, found = path.read_bytes(), path.stat()
    content, left = _parquet(data, place, person) if data.startswith(PARQUET) else _packed(data, place, person)
    if left.removed or left.changed:
        draft = path.with_name(f".{path.name}.erasing")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(found.st_mode)
        os.utime(draft, ns=(found.st_atime_ns, found.st_mtime_ns))
        draft.replace(path)
    return left.removed, left.changed


def enter(lake: Lake, landing: Path, place: Place, files: Sequence[str], run_id: str) -> None:
    """Tell the ledger of a source what its rewritten files are now.

    Args:
        lake: The lake.
        landing: The landing zone.
        place: The source.
        files: The files, relative to the landing zone.
        run_id: Names the erasure.
    """
    source = place.table.partition(".")[2]
    known = ledger_rows(place.domain, source, lake).filter(pl.col("file").is_in(list(files)))
    counts = _counted(lake, place, known["file"].to_list())
    now = [_entry(landing, entry, counts[entry["file"]]) for entry in known.iter_rows(named=True)]
    if not now or now == known.to_dicts():
        return
    rows = pl.DataFrame(now, LEDGER.schema)
    lake.publish(
        ledger_table(place.domain, source),
        LEDGER,
        lambda: [rows],
        replace=RowsOf("file", frozenset(rows["file"])),
        made=Made(run_id, "", CONTRACT),
        audit=None,
    )


def _counted(lake: Lake, place: Place, files: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """File → accepted rows, late ones among them, quarantined records, as the lake holds them now."""
    source = place.table.partition(".")[2]
    raw, refused = raw_table(place.domain, source), quarantine_table(place.domain, source)
    found: dict[str, tuple[int, int, int]] = dict.fromkeys(files, (0, 0, 0))
    if lake.current(raw) is not None:
        dated = "_day" in lake.scan(raw).collect_schema()
        rows = lake.scan(raw, columns=["_file", *(["_day"] if dated else [])]).filter(
            pl.col("_file").is_in(list(files))
        )
        late = pl.col("_day") < pl.col("_file").str.extract(DAY).str.to_date() if dated else pl.lit(value=False)
        for file, accepted, behind in rows.group_by("_file").agg(pl.len(), late.sum().alias("late")).collect().rows():
            found[file] = (accepted, behind, 0)
    if lake.current(refused) is not None:
        rows = lake.scan(refused, columns=["file"]).filter(pl.col("file").is_in(list(files)))
        for file, bad in rows.group_by("file").len().collect().rows():
            found[file] = (*found[file][:2], bad)
    return found


def _entry(landing: Path, entry: dict[str, Any], counts: tuple[int, int, int]) -> dict[str, Any]:
    path, (accepted, late, refused) = landing / entry["file"], counts
    if not path.exists():
        return entry
    found = path.stat()
    return {
        **entry,
        "size": found.st_size,
        "mtime_us": found.st_mtime_ns // 1000,
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "read": accepted + refused,
        "accepted": accepted,
        "quarantined": refused,
        "late": min(late, entry["late"]),
    }


def _parquet(data: bytes, place: Place, person: Person) -> tuple[bytes, Left]:
    left = without_person(pl.read_parquet(data), place, person)
    written = io.BytesIO()
    left.rows.write_parquet(written)
    return written.getvalue(), left


def _packed(data: bytes, place: Place, person: Person) -> tuple[bytes, Left]:
    if not data.startswith(GZIP):
        return _text(data, place, person)
    content, left = _text(gzip.decompress(data), place, person)
    return gzip.compress(content, mtime=0), left


def _text(data: bytes, place: Place, person: Person) -> tuple[bytes, Left]:
    header = next(csv.reader([data.partition(b"\n")[0].decode(errors="replace")]), []) if place.format == "csv" else []
    pieces, at, removed, changed = [], 0, 0, 0
    for start, end in _lines_naming(data, Needles.of(person)):
        line = data[start:end]
        rest = _without(line, header, place, person)
        pieces += [data[at:start], rest]
        at, removed, changed = end, removed + (not rest), changed + (bool(rest) and rest != line)
    return b"".join([*pieces, data[at:]]), Left(pl.DataFrame(), removed, changed)


def _lines_naming(data: bytes, needles: Needles) -> list[tuple[int, int]]:
    """Where the lines begin and end that hold an identifier or a portrait."""
    found: set[tuple[int, int]] = set()
    for words in ((text,) for text in (*needles.texts, *(portrait[-1] for portrait in needles.portraits))):
        for at in _places_of(data, words[0].encode()):
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at) + 1 or len(data)
            if (start, end) not in found and needles.found_in(data[start:end]):
                found.add((start, end))
    return sorted(found)


def _places_of(data: bytes, word: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + len(word))


def _without(line: bytes, header: Sequence[str], place: Place, person: Person) -> bytes:
    """A record without the person; nothing where it is about them alone, or is no record that could be taken apart."""
    end = line[len(line.rstrip(b"\r\n")) :]
    record = _record(line, header)
    if record is None:
        return b""
    texts = {name: None if value is None or value == "" else _plain(value) for name, value in record.items()}
    left = without_person(pl.DataFrame([texts], schema=dict.fromkeys(texts, pl.String())), place, person)
    if left.rows.is_empty():
        return b""
    now = left.rows.row(0, named=True)
    kept = {name: value if now[name] == texts[name] else now[name] for name, value in record.items()}
    rest = _csv(kept) if header else _json({n: v for n, v in kept.items() if v is not None or record[n] is None})
    named = rest + end
    return b"" if Needles.of(person).found_in(named) else named


def _record(line: bytes, header: Sequence[str]) -> dict[str, Any] | None:
    try:
        text = line.decode().rstrip("\r\n")
        if not header:
            found = json.loads(text)
            return found if isinstance(found, dict) and found else None
        values = next(csv.reader([text], strict=True), [])
    except (ValueError, csv.Error):
        return None
    return dict(zip(header, values, strict=True)) if len(values) == len(header) else None


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _csv(record: dict[str, Any]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(["" if v is None else v for v in record.values()])
    return written.getvalue().encode()


def _json(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
