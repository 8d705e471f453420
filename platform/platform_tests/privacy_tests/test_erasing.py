"""Erasing a person: gone from every byte, and nothing else is."""

import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.features import FeatureView
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import online_store_url, open_store
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.privacy.erase import Eraser
from mesh_platform.privacy.search import Needles, holding, stored_files
from mesh_platform.settings import Settings

from .club import ANNA, ANNIKA, BERT, MAIL, PRODUCTS, Club, places

ANNAS = Needles((ANNA, MAIL, "K-own", "V-own"), (("Anna", "Alt", "1980-05-06"),))


def traces(club: Club, needles: Needles = ANNAS) -> list[str]:
    home = club.settings.home
    return [str(path.relative_to(home)) for path in holding(stored_files(home), needles)]


def test_a_person_is_found_before_and_not_after(club: Club) -> None:
    before = traces(club)
    for part in (
        "landing/club/members",
        "landing/club/scans",
        "club_raw/visits",
        "club/booked/data",
        "club_quarantine",
        "club/members/metadata",
        "logs/run.log",
    ):
        assert any(part in trace for trace in before), part
    done = club.eraser().erase(ANNA)
    assert traces(club) == []
    assert done.files > len(before)


def test_a_person_is_not_online_either(club: Club) -> None:
    view = FeatureView("members", ("customer_id",), "club_raw.members", "changed_at", ("email",))
    store = open_store(online_store_url(club.settings))
    push(view, club.lake, store)
    store.close()
    assert [path for path in traces(club) if path.startswith("online/")]
    club.eraser().erase(ANNA)
    assert traces(club) == []
    reader = OnlineReader.open(club.settings)
    anna, annika = reader.read(view, [(ANNA,), (ANNIKA,)])
    reader.close()
    assert anna is None
    assert annika is None, "the substring C1 is in C12: it comes back with the next push"


def test_everybody_elses_rows_are_equal_in_every_bit(club: Club) -> None:
    theirs = {
        "club_raw.members": [ANNA],
        "club_raw.visits": ["1-0", "1-1", "1-2", "2-0", "2-1", "2-2"],
        "club_raw.purchases": ["P11", "P12", "P21", "P22"],
        "club_raw.scans": ["1-a", "2-a"],
        "club.members": [ANNA],
        "club.booked": ["P11", "P12", "P21", "P22"],
        "club.scores": ["P11", "P12", "P21", "P22"],
        "club.daily": [],
    }
    before = {table: club.rows(table, without=ids) for table, ids in theirs.items()}
    club.eraser().erase(ANNA)
    assert {table: club.rows(table, without=ids) for table, ids in theirs.items()} == before
    assert all(before.values())


def test_purchases_stay_booked_without_the_person(club: Club) -> None:
    takings = club.rows("club.daily")
    done = club.eraser().erase(ANNA)
    booked = club.lake.scan("club.booked").collect()
    assert booked["cents"].sum() == 2 * (100 + 200 + 300 + 400)
    assert booked.filter(pl.col("purchase_id").is_in(["P11", "P12"]))["customer_id"].null_count() == 2
    assert club.rows("club.daily") == takings
    assert done.changed["club.booked"] == 4
    assert done.removed["club.members"] == 1
    assert ANNA not in club.lake.scan("club.members").collect()["customer_id"]


def test_what_a_score_tells_of_the_persons_purchases_goes_even_where_it_names_nobody(club: Club) -> None:
    scores = club.lake.scan("club.scores").collect().with_columns(reasons=pl.lit("a rare hour"))
    club.publish("scores", scores)
    club.eraser().erase(ANNA)
    left = dict(club.lake.scan("club.scores").select("purchase_id", "reasons").collect().iter_rows())
    assert left["P11"] is None
    assert left["P13"] == "a rare hour"


def test_visits_before_she_signed_in_are_hers_and_get_one_token(club: Club) -> None:
    club.eraser().erase(ANNA)
    visits = club.lake.scan("club_raw.visits").collect().sort("visit_id")
    hers = visits.filter(pl.col("visit_id").is_in(["1-0", "1-1", "2-0", "2-1"]))
    assert hers["visitor_id"].n_unique() == 1
    assert hers["visitor_id"][0].startswith("erased-")
    assert hers["query"].null_count() == 4


def test_a_card_that_somebody_shares_stays_theirs(club: Club) -> None:
    club.eraser().erase(ANNA)
    cards = dict(club.lake.scan("club_raw.purchases").select("purchase_id", "card_id").collect().iter_rows())
    assert cards["P11"] is None
    assert cards["P14"] == "K-shared"
    assert "K-shared" in (club.settings.landing / "club/purchases/purchases_2026-01-01.csv").read_text()


def test_somebody_elses_text_keeps_all_but_the_address(club: Club) -> None:
    club.eraser().erase(ANNA)
    query = club.lake.scan("club_raw.visits").filter(pl.col("visit_id") == "1-2").collect()["query"][0]
    assert query.startswith("who is erased-")
    assert query.endswith("?")


def test_old_states_that_held_the_person_are_forgotten_and_others_stay(club: Club) -> None:
    daily = club.lake.history("club.daily")
    old = club.lake.history("club.members")[-1].snapshot_id
    done = club.eraser().erase(ANNA)
    assert club.lake.history("club.daily") == daily
    assert done.snapshots > 0
    with pytest.raises(UnknownName, match=r"removed on .* a person in it was erased"):
        club.lake.files("club.members", as_of=old)


def test_no_product_is_made_again_for_an_erasure(club: Club) -> None:
    seen = {table: snapshot.snapshot_id for table in club.lake.tables() if (snapshot := club.lake.current(table))}
    club.eraser().erase(ANNA)
    assert {club.lake.changed_days(table, seen[table]) for table in ("club_raw.visits", "club.booked")} == {frozenset()}
    club.eraser().erase(ANNIKA)
    assert {club.lake.changed_days(table, seen[table]) for table in ("club_raw.visits", "club.booked")} == {frozenset()}


def test_a_run_afterwards_reads_no_file_again(club: Club) -> None:
    club.eraser().erase(ANNA)
    assert [club.ingest(source) for source in ("members", "visits", "purchases", "scans")] == [()] * 4


def test_files_read_again_from_the_start_bring_nobody_back(club: Club) -> None:
    club.eraser().erase(ANNA)
    rows = {
        t: club.lake.scan(t).drop("_line", "ingested_at").collect().to_dicts()
        for t in ("club_raw.members", "club_raw.visits")
    }
    shutil.rmtree(club.settings.home / "lake")
    again = Club.at(club.settings.home)
    for source in ("members", "visits"):
        again.ingest(source)
    assert traces(again) == []
    for table, before in rows.items():
        assert again.lake.scan(table).drop("_line", "ingested_at").collect().to_dicts() == before


def test_erasing_twice_changes_nothing(club: Club) -> None:
    first = club.eraser().erase(ANNA)
    state = {path: path.stat().st_mtime_ns for path in stored_files(club.settings.home)}
    second = club.eraser().erase(ANNA)
    assert second.proof is None
    assert second.earlier == (first.name,)
    assert {path: path.stat().st_mtime_ns for path in stored_files(club.settings.home)} == state


def test_a_dry_run_counts_what_the_erasure_does_and_touches_nothing(club: Club) -> None:
    state = {path: path.read_bytes() for path in stored_files(club.settings.home) if path.suffix != ".lock"}
    planned = club.eraser().plan(ANNA)
    assert {path: path.read_bytes() for path in stored_files(club.settings.home) if path.suffix != ".lock"} == state
    done = club.eraser().erase(ANNA)
    assert planned.removed == {k: n for k, n in done.removed.items() if not k.startswith("landing/")}
    assert planned.changed == {k: n for k, n in done.changed.items() if not k.startswith("landing/")}


def test_an_older_major_that_no_document_tells_of_any_more_goes_with_the_person(club: Club) -> None:
    members = club.lake.scan("club.members").collect()
    snapshot = club.lake.current("club.members")
    assert snapshot is not None
    club.lake.publish(
        "club.members_v1",
        TableLayout.of(shape_of(PRODUCTS["members"])),
        lambda: [members],
        replace=WholeTable(),
        made=Made("run", "code", "1.0.0", {"club.members": snapshot.snapshot_id}),
        audit=None,
    )
    assert any("club/members_v1" in trace for trace in traces(club))
    club.eraser().erase(ANNA)
    assert traces(club) == []
    assert "club.members_v1" not in club.lake.tables()


def test_an_unknown_customer_is_the_callers_mistake(club: Club) -> None:
    with pytest.raises(UnknownName, match="no customer 'C777'") as error:
        club.eraser().erase("C777")
    assert error.value.exit_code == 2


def test_the_proof_names_nobody(club: Club) -> None:
    done = club.eraser().erase(ANNA)
    assert done.proof is not None
    proof = json.loads(done.proof.read_text())
    assert proof["files_found"] == 0
    assert proof["rows_removed"]["club.members"] == 1
    assert not Needles((ANNA, MAIL, "Anna", "K-own", "V-own"), ()).found_in(done.proof.read_bytes())
    assert sorted(path.name for path in done.proof.parent.iterdir()) == ["proof.json"]


def test_packed_files_and_databases_are_searched_and_cleared(club: Club) -> None:
    packed = club.settings.landing / "club" / "visits" / "old_2025-12-31.jsonl.gz"
    packed.write_bytes(
        gzip.compress(f'{{"visitor_id":"V-own","customer_id":"{ANNA}"}}\n{{"visitor_id":"V-x"}}\n'.encode())
    )
    events = club.settings.home / "dagster" / "events.db"
    events.parent.mkdir()
    with closing(sqlite3.connect(events)) as database:
        database.execute("create table events (body text)")
        database.execute("insert into events values (?)", (f"{'x' * 9000} {MAIL}",))
        database.commit()
    assert {"landing/club/visits/old_2025-12-31.jsonl.gz", "dagster/events.db"} <= set(traces(club))
    club.eraser().erase(ANNA)
    assert traces(club) == []
    assert b"V-x" in gzip.decompress(packed.read_bytes())


def test_a_copied_home_is_refused_for_its_tables_lie_in_the_original(club: Club, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(club.settings.home, copy)
    settings = Settings.load(copy)
    with pytest.raises(UserError, match="rule: a local folder within"):
        Eraser(settings, Lake.open(settings), places()).erase(ANNA)
    assert traces(club) != []


def test_the_person_is_found_by_whole_keys_only(club: Club) -> None:
    club.eraser().erase(ANNA)
    assert traces(club, Needles((ANNIKA,), ()))
    assert traces(club, Needles((f"x{MAIL}",), ()))
    assert traces(club, Needles((BERT,), ()))
