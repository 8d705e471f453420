"""Of the rows that share a key, the first by file name and line is kept, whenever each file came."""

from datetime import date
from itertools import permutations

from platform_tests.ingest_tests.shop import Shop, sale


def place(shop: Shop) -> list[tuple[str, int, str | None, int | None]]:
    """Where each bad record is, and the row it repeats."""
    rows = shop.quarantine("sales").select("file", "line", "other_file", "other_line").rows()
    return [(f[-6:-4], line, o and o[-6:-4], other) for f, line, o, other in rows]


def test_a_repeated_line_of_a_file_is_one_row(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"), sale("b"), sale("a", quantity="7"), sale("a"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2", "b 01:3"]
    assert place(shop) == [("01", 4, "01", 2), ("01", 5, "01", 2)]
    assert shop.reasons("sales")[0] == (4, "duplicate of shop/sales/sales_2026-01-01.csv line 2: sale_id=a")


def test_a_row_repeated_by_a_later_file_is_one_row(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"))
    shop.ingest("sales")
    shop.sales("2026-01-02", sale("b"), sale("a"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2", "b 02:2"]
    assert place(shop) == [("02", 3, "01", 2)]


def test_a_key_is_one_row_even_on_different_days(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a", "2026-01-01"))
    shop.ingest("sales")
    shop.sales("2026-01-02", sale("a", "2026-01-02"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2"]


def test_a_bad_row_does_not_take_the_key_from_a_good_one(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a", quantity="0"), sale("a"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:3"]


def test_a_key_freed_by_a_changed_file_goes_to_the_next_in_line(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"), sale("x"))
    shop.sales("2026-01-02", sale("a", quantity="2"), sale("y"))
    shop.sales("2026-01-03", sale("a", quantity="3"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["a 01:2", "x 01:3", "y 02:3"]
    shop.sales("2026-01-01", sale("x"))
    done = shop.ingest("sales")
    assert shop.keys("sales") == ["x 01:2", "a 02:2", "y 02:3"]
    assert place(shop) == [("03", 2, "02", 2)]
    assert len(done.files) == 3


def test_a_key_taken_by_an_earlier_file_that_changed_leaves_the_later_one(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("x"))
    shop.sales("2026-01-02", sale("a"))
    shop.ingest("sales")
    shop.sales("2026-01-01", sale("x"), sale("a", quantity="9"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["x 01:2", "a 01:3"]
    assert place(shop) == [("02", 2, "01", 3)]
    assert shop.ledger("sales").select("accepted", "quarantined").rows() == [(2, 0), (0, 1)]


def test_the_order_in_which_files_come_does_not_matter(shop: Shop) -> None:
    days = ["2026-01-01", "2026-01-02", "2026-01-03"]
    rows = {
        days[0]: [sale("a"), sale("b")],
        days[1]: [sale("b", quantity="2"), sale("c"), sale("c")],
        days[2]: [sale("c"), sale("a"), sale("d")],
    }
    for day, lines in rows.items():
        shop.sales(day, *lines)
    shop.ingest("sales", days=[date.fromisoformat(day) for day in days])
    expected = shop.state("sales")
    for order in permutations(days):
        for day in days:
            shop.path("sales", day).unlink(missing_ok=True)
            shop.sales(day, "gone")  # quarantined: nothing of before is left
        shop.ingest("sales")
        assert shop.keys("sales") == []
        for day in order:
            shop.sales(day, *rows[day])
            shop.ingest("sales")
        assert shop.state("sales") == expected, order


def test_rows_of_a_file_that_left_the_landing_zone_keep_their_keys(shop: Shop) -> None:
    shop.sales("2026-01-02", sale("a"))
    shop.ingest("sales")
    shop.path("sales", "2026-01-02").unlink()
    shop.sales("2026-01-01", sale("a"), sale("b"))
    shop.ingest("sales")
    assert shop.keys("sales") == ["b 01:3", "a 02:2"]
    assert place(shop) == [("01", 2, "02", 2)]
