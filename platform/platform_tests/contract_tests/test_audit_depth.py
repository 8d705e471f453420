"""Nothing outside the contract makes an audit shallower."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pandera.config import CONFIG, ValidationDepth

from mesh_platform.contract import Contract, column

from .samples import audited, order, orders

PROBE = """
import polars as pl, sys
from mesh_platform.contract import Contract, column
from mesh_platform.contract.audit import audit
from mesh_platform.product import ServiceLevel
class Probe(Contract):
    "Grain: one row per name."
    name: str = column("Name", key=True)
    size: int = column("Size", ge=0)
pl.DataFrame({"name": ["a"], "size": [-1]}).write_parquet(sys.argv[1])
report = audit(Probe, [sys.argv[1]], [], {}, name="x.y", rows_before=0, rows_after=1,
               service_level=ServiceLevel(), newest_delivery=None)
print([breach.rule for breach in report.breaches])
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"},
    ],
)
def test_no_environment_variable_weakens_an_audit(tmp_path: Path, environment: dict[str, str]) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "probe.parquet")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "['size__at_least']"


def test_no_setting_of_the_process_weakens_an_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIG, "validation_enabled", False)
    monkeypatch.setattr(CONFIG, "validation_depth", ValidationDepth.SCHEMA_ONLY)
    report = audited(tmp_path, [orders([order(1, lines=0), order(2, channel=None)])])
    assert [b.rule for b in report.breaches] == ["channel__present", "lines__above"]


class Lenient(Contract):
    """Grain: one row per name."""

    name: str = column("Name", key=True)
    size: int = column("Size", ge=0, raise_warning=True)
    since: pl.Date = column("Since", default=date(2020, 1, 1))

    class Config:
        """What Pandera would mend or forgive."""

        strict = "filter"
        coerce = True
        drop_invalid_rows = True


def test_a_lenient_contract_is_audited_strictly(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"name": ["a", None], "size": [-1, 2], "since": [None, date(2026, 1, 1)]}, schema_overrides={"since": pl.Date}
    )
    report = audited(tmp_path, [frame], contract=Lenient)
    assert [b.rule for b in report.breaches] == ["name__present", "size__at_least", "since__present"]
    report = audited(tmp_path, [frame.with_columns(extra=1)], contract=Lenient)
    assert [b.rule for b in report.breaches] == ["columns"]
