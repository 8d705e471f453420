"""What a run changes depends on the files alone: not on how often, in which batches or after which crash it ran."""

import os
from datetime import date

import pytest

from mesh_platform.errors import ContractBroken
from mesh_platform.ingest import deliveries, delivery_day, pending
from mesh_platform.ingest.spool import Spool
from mesh_platform.lake.steps import Step, listening
from platform_tests.ingest_tests.shop import SHOP, Shop, sale

SALES_SOURCE = SHOP.source("sales")


def test_only_new_and_changed_files_are_pending(shop: Shop) -> None:
    first = shop.sales("2026-01-01", sale("a"))
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == [first]
    shop.ingest("sales")
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == []
    second = shop.sales("2026-01-02", sale("b"))
    shop.sales("2026-01-01", sale("c"))
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == [first, second]


def test_files_that_are_still_being_written_are_not_looked_at(shop: Shop) -> None:
    path = shop.sales("2026-01-01", sale("a"))
    for name in (f".{path.name}", f"{path.name}.tmp", f"{path.name}.part"):
        path.with_name(name).write_text("half")
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == [path]
    assert len(shop.ingest("sales").files) == 1


def test_a_run_without_pending_files_publishes_nothing(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"))
    snapshot = shop.ingest("sales").snapshot
    again = shop.ingest("sales")
    assert (again.files, again.read) == ((), 0)
    assert again.snapshot == snapshot


def test_a_source_that_never_landed_has_no_snapshot(shop: Shop) -> None:
    assert shop.ingest("sales").snapshot is None
    assert deliveries("shop", "sales", shop.lake) is None


def test_a_touched_file_with_the_same_bytes_is_not_read_again(shop: Shop) -> None:
    path = shop.sales("2026-01-01", sale("a"))
    snapshot = shop.ingest("sales").snapshot
    os.utime(path, ns=(10**18, 10**18))
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == []
    assert shop.ingest("sales").snapshot == snapshot
    assert shop.ledger("sales")["mtime_us"].to_list() == [10**15]


def test_a_file_read_again_changes_nothing(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"), "junk", sale("a"))
    shop.sales("2026-01-02", sale("b"), sale("a"))
    shop.ingest("sales")
    before = shop.state("sales")
    done = shop.ingest("sales", days=[date(2026, 1, 1)])
    assert done.read >= 3
    assert shop.state("sales") == before


def test_a_mended_file_empties_its_quarantine(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"), sale("b", quantity="many"))
    shop.sales("2026-01-02", "junk")
    shop.ingest("sales")
    assert [line for line, _ in shop.reasons("sales")] == [3, 2]
    shop.sales("2026-01-01", sale("a"), sale("b", quantity="12"))
    shop.ingest("sales")
    assert shop.reasons("sales") == [(2, "malformed: 1 values instead of 7")]
    assert shop.keys("sales") == ["a 01:2", "b 01:3"]


def test_a_file_removed_from_the_landing_zone_keeps_its_rows(shop: Shop) -> None:
    path = shop.sales("2026-01-01", sale("a"))
    shop.ingest("sales")
    path.unlink()
    shop.sales("2026-01-02", sale("b"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2", "b 02:2"]


def test_batches_do_not_change_the_result(shop: Shop) -> None:
    for day in range(1, 6):
        lines = [sale(f"{n % 37}-{day % 3}", quantity=str(n % 11)) for n in range(100)]
        shop.sales(f"2026-01-0{day}", *lines, "junk")
    done = shop.ingest("sales")
    expected = shop.state("sales")
    assert done.accepted + done.quarantined == done.read == 505
    days = [date(2026, 1, day) for day in range(1, 6)]
    for size in (300, 2000, 9000):
        again = shop.ingest("sales", days=days, batch_bytes=size)
        assert (again.read, again.accepted) == (done.read, done.accepted)
        assert shop.state("sales") == expected


def test_the_newest_delivery_is_that_of_the_ingested_files(shop: Shop) -> None:
    path = shop.sales("2026-01-03", sale("a"))
    assert delivery_day(path) == date(2026, 1, 3)
    shop.ingest("sales")
    shop.sales("2026-01-09", sale("b"))
    assert deliveries("shop", "sales", shop.lake) == date(2026, 1, 3)


def test_the_raw_snapshot_tells_run_code_days_and_masters(shop: Shop) -> None:
    shop.land("campaigns", "2026-01-01", "campaign_id\nc1\n")
    master = shop.ingest("campaigns").snapshot
    shop.land("members", "2026-01-01", "campaign_id,customer_id\nc1,a\n")
    snapshot = shop.ingest("members").snapshot
    assert master is not None
    assert snapshot is not None
    assert snapshot.inputs == {"shop_raw.campaigns": master.snapshot_id}
    assert (snapshot.properties["run_id"], snapshot.checks) == ("run", 1)
    shop.sales("2026-01-05", sale("a", "2026-01-04"))
    sales = shop.ingest("sales").snapshot
    assert sales is not None
    assert sales.days == frozenset({date(2026, 1, 4)})


class Crash(BaseException):
    """The process ends here."""


def crashing(shop: Shop, publish: int) -> None:
    """Run until the n-th publish of the run has cut its branch; then crash."""
    seen = 0

    def listener(step: Step) -> None:
        nonlocal seen
        seen += step is Step.BRANCH_CUT
        if seen == publish:
            raise Crash

    with listening(listener), pytest.raises(Crash):
        shop.ingest("sales")


@pytest.mark.parametrize("publish", [1, 2, 3])
def test_a_crash_at_any_of_the_writes_is_healed_by_the_next_run(shop: Shop, publish: int) -> None:
    shop.sales("2026-01-01", sale("a"), sale("b"), "junk")
    shop.sales("2026-01-02", sale("b"), sale("c"))
    crashing(shop, publish)
    assert shop.ledger("sales").is_empty()
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2", "b 01:3", "c 02:3"]
    assert [line for line, _ in shop.reasons("sales")] == [4, 2]
    assert shop.ledger("sales").select("read", "accepted", "quarantined").rows() == [(3, 2, 1), (2, 1, 1)]


@pytest.mark.parametrize("publish", [1, 2, 3, 4])
@pytest.mark.parametrize("change", ["frees a key", "takes a key"])
def test_a_crash_while_a_key_moves_between_files_loses_no_row(shop: Shop, publish: int, change: str) -> None:
    frees = change == "frees a key"
    shop.sales("2026-01-01", sale("x"), *[sale("a")] * frees)
    shop.sales("2026-01-02", sale("a", quantity="2"))
    shop.ingest("sales")
    shop.sales("2026-01-01", sale("x", quantity="5"), *[sale("a")] * (not frees))
    crashing(shop, publish)
    shop.ingest("sales")
    assert shop.keys("sales") == (["x 01:2", "a 02:2"] if frees else ["x 01:2", "a 01:3"])
    assert shop.quarantine("sales").height == (0 if frees else 1)
    assert shop.ledger("sales").select("accepted", "quarantined").rows() == (
        [(1, 0), (1, 0)] if frees else [(2, 0), (0, 1)]
    )


def test_a_run_leaves_no_files_but_those_of_the_lake(shop: Shop) -> None:
    spools = shop.settings.home / "spool"
    dead = spools / "999999999-crashed"
    dead.mkdir(parents=True)
    shop.sales("2026-01-01", *[sale(f"a{n}") for n in range(500)])
    assert shop.ingest("sales", batch_bytes=4000).accepted == 500
    assert list(spools.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_read_again_later(shop: Shop) -> None:
    path = shop.sales("2026-01-01", sale("a"))

    def listener(step: Step) -> None:
        if step is Step.BRANCH_CUT:
            path.write_text(path.read_text().replace("2.50", "9.50"))

    with listening(listener):
        shop.ingest("sales")
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == [path]


def test_a_file_of_another_size_is_pending_even_with_its_old_time(shop: Shop) -> None:
    path = shop.sales("2026-01-01", sale("a"))
    time = path.stat().st_mtime_ns
    shop.ingest("sales")
    shop.sales("2026-01-01", sale("a"), sale("b"))
    os.utime(path, ns=(time, time))
    assert pending(SHOP, SALES_SOURCE, shop.lake, shop.settings) == [path]


def test_a_snapshot_that_lost_an_accepted_row_is_not_published(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sales("2026-01-01", sale("a"), sale("b"))
    whole = Spool.frames
    monkeypatch.setattr(Spool, "frames", lambda spool: (frame.head(1) for frame in whole(spool)))
    with pytest.raises(ContractBroken, match=r"1 rows were written of 2 accepted ones"):
        shop.ingest("sales")
    assert shop.raw("sales").is_empty()
    assert shop.ledger("sales").is_empty()
