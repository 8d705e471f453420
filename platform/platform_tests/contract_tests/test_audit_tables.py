"""The audit of whole tables: keys, references, volume, freshness."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.contract.audit import audit, check_names
from mesh_platform.errors import BadContract
from mesh_platform.product import ServiceLevel

from .samples import NEWEST, DailySales, Orders, audited, order, orders, written


def _broken(report: object) -> list[tuple[str, int]]:
    return [(breach.rule, breach.broken) for breach in report.breaches]  # type: ignore[attr-defined] # any report


def test_a_key_twice_in_new_files_is_found(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(1), order(2)]), orders([order(3), order(1)])])
    assert _broken(report) == [("key", 2)]
    assert "e.g. order_id=o1)" in report.breaches[0].message


def test_a_new_key_that_a_kept_file_holds_is_found(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(1), order(2)])], [orders([order(8), order(9)]), orders([order(2)])])
    assert _broken(report) == [("key", 1)]


def test_a_row_that_collides_with_new_and_kept_rows_counts_once(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(1), order(1), order(2), order(3)])], [orders([order(1), order(2)])])
    assert _broken(report) == [("key", 3)]


def _sales(day: date) -> pl.DataFrame:
    return pl.DataFrame(
        {"sku": ["s1"], "day": [day], "units": [1], "price": [1.0]},
        schema_overrides={"units": pl.Int32, "price": pl.Float32},
    )


def test_a_key_with_the_partition_is_looked_for_among_new_rows_only(tmp_path: Path) -> None:
    missing = str(tmp_path / "never-opened.parquet")
    new = written(tmp_path, _sales(NEWEST))
    report = audit(
        DailySales,
        new,
        [missing],
        {},
        name="sales.daily",
        rows_before=1,
        rows_after=2,
        service_level=ServiceLevel(),
        newest_delivery=None,
    )
    assert report.breaches == ()
    assert _broken(audited(tmp_path, [_sales(NEWEST), _sales(NEWEST)], contract=DailySales)) == [("key", 2)]


class Badges(Contract):
    """Grain: one row per person."""

    person: str = column("Who", key=True)
    badge: str = column("Badge", unique=True, nullable=True)

    class Config:
        """Person and desk are unique together."""

        unique = ["badge", "desk"]  # noqa: RUF012 - Pandera's way to say it

    desk: str = column("Desk", nullable=True)


def test_a_unique_column_is_unique_across_new_and_kept_files(tmp_path: Path) -> None:
    new = pl.DataFrame({"person": ["a", "b", "c"], "badge": ["1", None, None], "desk": ["x", None, None]})
    kept = pl.DataFrame({"person": ["d"], "badge": ["1"], "desk": ["x"]})
    assert audited(tmp_path, [new], contract=Badges).breaches == ()
    assert _broken(audited(tmp_path, [new], [kept], contract=Badges)) == [
        ("badge__unique", 1),
        ("badge_desk__unique", 1),
    ]


def test_a_value_that_points_nowhere_is_found(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(1), order(2, sku="s3"), order(3, sku="s4")])])
    assert _broken(report) == [("sku__known", 2)]
    assert "order_id=o2 has s3 | order_id=o3 has s4" in report.breaches[0].message


def _audit_with(references: dict[str, list[str]], files: list[str]) -> list[tuple[str, int]]:
    report = audit(
        Orders,
        files,
        [],
        references,
        name="sales.orders",
        rows_before=0,
        rows_after=2,
        service_level=ServiceLevel(),
        newest_delivery=None,
    )
    return _broken(report)


def test_nothing_is_known_while_the_referenced_table_is_empty(tmp_path: Path) -> None:
    files = written(tmp_path, orders([order(1), order(2, sku=None)]))
    assert _audit_with({"inventory.products.sku": []}, files) == [("sku__known", 1)]


def test_a_reference_without_files_is_a_bad_contract_and_not_a_pass(tmp_path: Path) -> None:
    files = written(tmp_path, orders([order(1)]))
    with pytest.raises(BadContract, match=r"sales.orders.sku: references inventory.products.sku, whose files"):
        _audit_with({}, files)


def test_a_reference_to_a_column_that_does_not_exist_is_a_bad_contract(tmp_path: Path) -> None:
    files = written(tmp_path, orders([order(1)]))
    other = written(tmp_path, pl.DataFrame({"code": ["s1"]}), name="other")
    with pytest.raises(BadContract, match=r"sales.orders.sku: can't be compared with inventory.products.sku"):
        _audit_with({"inventory.products.sku": other}, files)


def test_a_snapshot_smaller_than_promised_is_found(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(1)])], service_level=ServiceLevel(min_rows=2))
    assert [b.rule for b in report.breaches] == ["min_rows"]
    assert "1 rows are fewer than the promised 2" in report.breaches[0].message


@pytest.mark.parametrize(("rows_before", "breaches"), [(4, []), (5, ["max_shrink"])])
def test_a_snapshot_that_loses_more_than_tolerated_is_found(
    tmp_path: Path, rows_before: int, breaches: list[str]
) -> None:
    new, kept = [orders([order(1)])], [orders([order(2)])]
    report = audited(tmp_path, new, kept, rows_before=rows_before, service_level=ServiceLevel(max_shrink=0.5))
    assert [b.rule for b in report.breaches] == breaches


def test_an_empty_candidate_of_a_table_that_may_be_empty_passes(tmp_path: Path) -> None:
    report = audited(tmp_path, [], service_level=ServiceLevel(min_rows=0), newest_delivery=None)
    assert (report.rows, report.breaches) == (0, ())


@pytest.mark.parametrize(("days_behind", "stale"), [(0, False), (1, False), (2, True)])
def test_rows_older_than_the_service_level_are_stale(tmp_path: Path, days_behind: int, stale: bool) -> None:
    day = NEWEST - timedelta(days=days_behind)
    report = audited(tmp_path, [orders([order(1, day=day)])], service_level=ServiceLevel(timedelta(hours=26)))
    assert [b.rule for b in report.breaches] == (["freshness"] if stale else [])


def test_a_backfill_of_old_days_is_as_fresh_as_the_rows_it_keeps(tmp_path: Path) -> None:
    old = orders([order(1, day=NEWEST - timedelta(days=300))])
    assert audited(tmp_path, [old], [orders([order(2)])]).breaches == ()


class Weekly(Contract):
    """Grain: one row per week."""

    week: pl.Date = column("Monday", key=True, partition=True)
    ingested_at: Timestamp = column("When the mesh knew the last of it")


@pytest.mark.parametrize(("known", "breaches"), [(date(2026, 3, 16), []), (date(2026, 3, 13), ["freshness"])])
def test_a_table_that_says_when_it_was_known_is_as_fresh_as_that(
    tmp_path: Path, known: date, breaches: list[str]
) -> None:
    frame = pl.DataFrame({"week": [date(2026, 3, 9)], "ingested_at": [known]}).cast(
        {"ingested_at": pl.Datetime("us", "UTC")}
    )
    report = audited(tmp_path, [frame], contract=Weekly, newest_delivery=date(2026, 3, 15))
    assert [b.rule for b in report.breaches] == breaches


class Timeless(Contract):
    """Grain: one row per name."""

    name: str = column("Name", key=True)


def test_freshness_is_no_rule_of_a_table_without_a_time(tmp_path: Path) -> None:
    assert "freshness" not in [name for name, _, _ in check_names(Timeless)]
    report = audited(tmp_path, [pl.DataFrame({"name": ["a"]})], contract=Timeless)
    assert (report.breaches, report.passed) == ((), len(check_names(Timeless)))
