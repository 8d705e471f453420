"""Above the tolerated share of bad records nothing is published, and the bad ones can be looked at."""

import pytest

from mesh_platform.errors import TooManyBadRows
from platform_tests.ingest_tests.shop import Shop, sale


def land_bad(shop: Shop, good: int, bad: int) -> None:
    shop.sales(
        "2026-01-02", *[sale(f"g{n}") for n in range(good)], *[sale(f"b{n}", quantity="0") for n in range(bad)], "junk"
    )


def test_above_the_tolerated_share_nothing_is_published(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"))
    before = shop.ingest("sales").snapshot
    land_bad(shop, 7, 2)
    with pytest.raises(TooManyBadRows) as caught:
        shop.ingest("sales", tolerated=0.25)
    assert str(caught.value) == (
        "shop.sales: 3 of 10 records (30.0%) are bad (rule: at most 25.0%), nothing was published; "
        "most frequent: quantity: not 0 (2), a record is well-formed (1); "
        "look at them with `mesh quarantine shop.sales`, deliver better files and run again"
    )
    assert shop.lake.current("shop_raw.sales") == before
    assert shop.ledger("sales").height == 1
    assert [line for line, _ in shop.reasons("sales")] == [9, 10, 11]


def test_at_the_tolerated_share_the_good_rows_are_published(shop: Shop) -> None:
    land_bad(shop, 7, 2)
    assert shop.ingest("sales", tolerated=0.3).accepted == 7


def test_after_a_refusal_a_better_file_is_taken_whole(shop: Shop) -> None:
    land_bad(shop, 1, 5)
    with pytest.raises(TooManyBadRows):
        shop.ingest("sales", tolerated=0.1)
    shop.sales("2026-01-02", sale("g0"))
    assert shop.ingest("sales", tolerated=0.1).accepted == 1
    assert shop.quarantine("sales").is_empty()


def test_a_refusal_leaves_duplicates_of_other_files_as_they_were(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"))
    shop.sales("2026-01-02", sale("a"))
    shop.ingest("sales")
    before = shop.quarantine("sales").select("file", "line").rows()
    shop.sales("2026-01-01", "junk")
    with pytest.raises(TooManyBadRows):
        shop.ingest("sales", tolerated=0.5)
    shop.sales("2026-01-01", sale("a"))
    shop.ingest("sales")
    assert shop.quarantine("sales").select("file", "line").rows() == before
    assert shop.keys("sales") == ["a 01:2"]
