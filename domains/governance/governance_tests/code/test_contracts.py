import json
from typing import Any

import polars as pl
import pytest

from governance_tests.samples import access
from mesh_governance.domain import DOMAIN
from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.ingest import ingest
from mesh_platform.lake import Lake
from mesh_platform.serve.identity.accesses import AccessFiles
from mesh_platform.serve.service import Access
from mesh_platform.settings import Settings

SOURCE = DOMAIN.source("accesses")


def broken(contract: type[Contract], row: dict[str, Any]) -> pl.DataFrame:
    schema = shape_of(contract).schema
    return screen(contract, pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema))


def test_who_proved_themselves_is_personal_and_not_for_everybody() -> None:
    for contract in (SOURCE.contract, DOMAIN.product("access_log").contract):
        (proof,) = (c for c in shape_of(contract).columns if c.name == "proof")
        assert (proof.meaning.personal, proof.meaning.classification) == ("account", "confidential")


def test_every_line_that_the_apis_write_is_accepted(settings: Settings) -> None:
    log = AccessFiles(settings)
    log.record(Access("r1", "board", "k", "rows", "sales.orders", 1, "why", ("order_id",), ("order_id",), 2**62, 9))
    log.record(Access("r2", "", "", "rows", status=401, reason="wrong-proof"))
    log.close()
    made = ingest(DOMAIN, SOURCE, Lake.open(settings), settings, run_id="r", code_version="c")
    assert (made.accepted, made.quarantined) == (2, 0)
    (landed,) = (settings.landing / "governance" / "accesses").iterdir()
    assert set(json.loads(landed.read_text().splitlines()[0])) <= set(shape_of(SOURCE.contract).schema)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("access_id", None),
        ("accessed_at", None),
        ("status", 99),
        ("row_count", -1),
        ("line_hash", "x"),
        ("action", None),
    ],
)
def test_a_line_that_was_not_written_so_is_refused(column: str, value: object) -> None:
    assert broken(SOURCE.contract, access("a")).is_empty()
    assert broken(SOURCE.contract, access("a") | {column: value})["column"].to_list() == [column]
