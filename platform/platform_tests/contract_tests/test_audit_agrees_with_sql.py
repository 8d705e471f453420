"""The audit counts what plain SQL counts, for any rows."""

import tempfile
from pathlib import Path

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_platform.contract import Contract, Money, column, row_rule
from mesh_platform.contract.audit import audit
from mesh_platform.product import ServiceLevel


class Stock(Contract):
    """Grain: one row per sku."""

    sku: str = column("Product", key=True, str_matches="^[a-c]$")
    place: str = column("Place", references="inventory.locations.place", nullable=True)
    kind: str = column("Kind", isin=["x", "y"], nullable=True)
    units: int = column("Units", ge=0, le=3)
    cost: Money = column("Cost", gt=0, nullable=True)
    value: Money = column("Value", nullable=True)

    value_covers_cost = row_rule("value >= cost")


WRONG = {
    "sku__present": "sku is null",
    "sku__matches": "not regexp_matches(sku, '^[a-c]$')",
    "kind__one_of": "kind not in ('x', 'y')",
    "units__present": "units is null",
    "units__at_least": "units < 0",
    "units__at_most": "units > 3",
    "cost__above": "cost <= 0",
    "value_covers_cost": "not (value >= cost)",
    "place__known": "place is not null and place not in ('here', 'there')",
    "key": "sku in (select sku from new group by sku having count(*) > 1) or sku in (select sku from kept)",
}
CELLS = st.tuples(
    st.sampled_from([None, "a", "b", "c", "d", "aa"]),
    st.sampled_from([None, "here", "there", "gone"]),
    st.sampled_from([None, "x", "y", "z"]),
    st.one_of(st.none(), st.integers(-2, 5)),
    st.one_of(st.none(), st.decimals(-2, 2, places=4)),
    st.one_of(st.none(), st.decimals(-2, 2, places=4)),
)


@settings(max_examples=40, deadline=None)
@given(new=st.lists(CELLS, max_size=8), more=st.lists(CELLS, max_size=4), kept=st.lists(CELLS, max_size=4))
def test_the_audit_agrees_with_sql(
    new: list[tuple[object]], more: list[tuple[object]], kept: list[tuple[object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder, f"{n}.parquet")) for n in range(4)]
        schema = {name: column.dtype.type for name, column in Stock.to_schema().columns.items()}
        for file, part in zip(files, (new, more, kept), strict=False):
            pl.DataFrame(part, schema=schema, orient="row").write_parquet(file)
        pl.DataFrame({"place": ["here", "there"]}).write_parquet(files[3])
        report = audit(
            Stock,
            files[:2],
            [files[2]],
            {"inventory.locations.place": [files[3]]},
            name="inventory.stock",
            rows_before=0,
            rows_after=len(new) + len(more) + len(kept),
            service_level=ServiceLevel(min_rows=0),
            newest_delivery=None,
        )
        expected = _by_sql(files)
        assert {name: count for name, count in report.checked.items() if name in expected} == expected


def _by_sql(files: list[str]) -> dict[str, int]:
    with duckdb.connect() as connection:
        connection.execute(f"create view new as from read_parquet({files[:2]})")
        connection.execute(f"create view kept as from read_parquet('{files[2]}')")
        counts = ", ".join(f"count(*) filter ({condition})" for condition in WRONG.values())
        row = connection.execute(f"select {counts} from new").fetchall()[0]
    return dict(zip(WRONG, row, strict=True))
