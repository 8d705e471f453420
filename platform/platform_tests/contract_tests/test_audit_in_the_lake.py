"""The audit at its place: between a candidate's files and the snapshot that everybody reads."""

from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.contract.audit import audit, check_names
from mesh_platform.errors import ContractBroken
from mesh_platform.lake import Candidate, Days, Lake, Made, Snapshot, TableLayout
from mesh_platform.product import ServiceLevel
from mesh_platform.settings import Settings

from .samples import NEWEST, Orders, order, orders, written

TABLE = "sales.orders"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(Settings.load(tmp_path / "home"))


def _judge(known: list[str], candidate: Candidate) -> int:
    return audit(
        Orders,
        [file.path for file in candidate.new_files],
        [file.path for file in candidate.kept_files],
        {"inventory.products.sku": known},
        name=TABLE,
        rows_before=candidate.rows_before,
        rows_after=candidate.rows_after,
        service_level=ServiceLevel(),
        newest_delivery=NEWEST,
    ).accepted()


def _publish(lake: Lake, folder: Path, frame: pl.DataFrame, day: date) -> Snapshot:
    known = written(folder, pl.DataFrame({"sku": ["s1"]}), name="products")
    return lake.publish(
        TABLE,
        TableLayout.of(shape_of(Orders)),
        lambda: [frame],
        replace=Days(frozenset([day])),
        made=Made("run", "code", "1.0.0"),
        audit=partial(_judge, known),
    )


def test_a_snapshot_that_breaks_its_contract_is_never_readable(lake: Lake, tmp_path: Path) -> None:
    first = _publish(lake, tmp_path, orders([order(1), order(2)]), NEWEST)
    assert first.checks == len(check_names(Orders))
    next_day = NEWEST.replace(day=11)
    bad = orders([order(3, day=next_day, lines=-1), order(1, day=next_day)])
    with pytest.raises(ContractBroken) as broken:
        _publish(lake, tmp_path, bad, next_day)
    assert [line.split(":")[0] for line in str(broken.value).splitlines()] == ["sales.orders.lines", "sales.orders"]
    assert lake.current(TABLE) == first
    assert lake.scan(TABLE).collect().sort("order_id").equals(orders([order(1), order(2)]))


def test_a_day_published_again_does_not_collide_with_itself(lake: Lake, tmp_path: Path) -> None:
    _publish(lake, tmp_path, orders([order(1), order(2)]), NEWEST)
    again = _publish(lake, tmp_path, orders([order(1), order(2), order(3)]), NEWEST)
    assert (again.rows, again.checks) == (3, len(check_names(Orders)))
