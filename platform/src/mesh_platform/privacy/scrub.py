"""Leftovers outside of tables and landed files: logs, databases of the orchestrator, artifacts of trainings.

None of them should hold a person; where one does, the value is replaced where it stands.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Final

from mesh_platform.errors import MeshFailure
from mesh_platform.privacy.person import Person, pattern
from mesh_platform.privacy.rows import without_records
from mesh_platform.privacy.search import PARQUET, SQLITE, ZIP

LOCK_WAIT_S: Final = 60


def scrub(path: Path, person: Person) -> None:
    """Take a person out of a file.

    Raises:
        MeshFailure: Where the file can't be changed in place, such as a fitted model that holds the person.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(PARQUET):
        _scrub_parquet(path, person)
    elif head.startswith(SQLITE):
        _scrub_sqlite(path, person)
    elif head.startswith(ZIP) and zipfile.is_zipfile(path):
        raise MeshFailure(f"{path} holds the person and can't be changed in place; train the model again and delete it")
    else:
        _scrub_bytes(path, person)


def _scrub_parquet(path: Path, person: Person) -> None:
    import polars as pl

    left = without_records(pl.read_parquet(path), person)
    draft = path.with_name(f".{path.name}.erasing")
    left.rows.write_parquet(draft)
    draft.replace(path)


def _scrub_bytes(path: Path, person: Person) -> None:
    alone = re.compile(pattern(person.identifiers).pattern.encode())
    data = alone.sub(lambda found: person.tokens[found[0].decode()].encode(), path.read_bytes())
    for *names, born in person.portraits:
        lines = data.split(b"\n")
        words = [word.encode() for word in (*names, born)]
        data = b"\n".join(line for line in lines if not all(word in line for word in words))
    draft = path.with_name(f".{path.name}.erasing")
    draft.write_bytes(data)
    draft.chmod(path.stat().st_mode)
    draft.replace(path)


def _scrub_sqlite(path: Path, person: Person) -> None:
    """Replace values in all tables, then write the file anew: what was overwritten stays in free pages otherwise."""
    with closing(sqlite3.connect(path, timeout=LOCK_WAIT_S)) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f'pragma table_info("{table}")')]
            for column in columns:
                for value in person.identifiers:
                    database.execute(
                        f'update "{table}" set "{column}" = replace("{column}", ?, ?) where instr("{column}", ?)',
                        (value, person.tokens[value], value),
                    )
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)")
        database.execute("vacuum")
        database.execute("pragma wal_checkpoint(truncate)")
