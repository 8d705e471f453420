"""Erased persons are known at ingest by keyed hashes, and don't come in again."""

import stat
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import Contract, shape_of
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers import Piece, Sha, reader_of
from mesh_platform.ingest.suppression import Suppressed, suppress
from mesh_platform.product import FileFormat

from .club import Member, Visit


@pytest.fixture
def suppressed(tmp_path: Path) -> Suppressed:
    suppress(tmp_path, {"customer id": ["C1"], "visitor id": ["V-own"], "email": ["anna@club.example"]})
    found = Suppressed.load(tmp_path)
    assert found is not None
    return found


def piece(tmp_path: Path, contract: type[Contract], kind: FileFormat, text: str) -> Piece:
    path = tmp_path / f"file_2026-01-03.{kind}"
    path.write_text(text)
    return next(reader_of(kind).pieces(LandedFile.at(path, tmp_path), shape_of(contract), Sha(), 1 << 20))


MEMBERS = (
    "customer_id,changed_at,first_name,last_name,email,birth_date\n"
    "C1,2026-01-03T08:00:00Z,Anna,Alt,anna@club.example,1980-05-06\n"
    "C12,2026-01-03T08:00:00Z,Annika,Alt,,\n"
    "C1,cut\n"
    "C12,cut\n"
)


def test_rows_about_an_erased_person_are_left_out(tmp_path: Path, suppressed: Suppressed) -> None:
    found = suppressed.applied(piece(tmp_path, Member, "csv", MEMBERS), shape_of(Member))
    assert found.rows["customer_id"].to_list() == ["C12"]


def test_lines_that_are_no_record_are_left_out_where_they_name_the_person(
    tmp_path: Path, suppressed: Suppressed
) -> None:
    found = suppressed.applied(piece(tmp_path, Member, "csv", MEMBERS), shape_of(Member))
    assert found.malformed["_line"].to_list() == [5]
    assert found.read == 2


def test_other_rows_come_in_without_the_persons_values(tmp_path: Path, suppressed: Suppressed) -> None:
    text = (
        '{"visit_id":"1","visited_at":"2026-01-03T10:00:00Z","visitor_id":"V-own","customer_id":"C1","query":"q"}\n'
        '{"visit_id":"2","visited_at":"2026-01-03T10:00:00Z","visitor_id":"V-b","customer_id":"C2","query":"q"}\n'
    )
    found = suppressed.applied(piece(tmp_path, Visit, "jsonl", text), shape_of(Visit))
    first, second = found.rows.sort("visit_id").to_dicts()
    assert (first["customer_id"], first["query"]) == (None, None)
    assert first["visitor_id"].startswith("erased-")
    assert (second["customer_id"], second["visitor_id"], second["query"]) == ("C2", "V-b", "q")
    assert found.lines is not None
    assert found.lines.filter(pl.col("_line") == 1)["_record"].to_list() == [""]


def test_files_without_erased_persons_are_handed_on_as_they_are(tmp_path: Path, suppressed: Suppressed) -> None:
    read = piece(
        tmp_path, Member, "csv", "\n".join(MEMBERS.splitlines()[::2][:1]) + "\nC12,2026-01-03T08:00:00Z,A,B,,\n"
    )
    assert suppressed.applied(read, shape_of(Member)) is read


def test_the_list_holds_no_key_in_clear_and_only_its_owner_reads_it(tmp_path: Path, suppressed: Suppressed) -> None:
    assert suppressed.holds("customer id", "C1")
    assert not suppressed.holds("customer id", "C12")
    for path in (tmp_path / "privacy").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert 'C1"' not in path.read_text()
        assert "anna" not in path.read_text()
