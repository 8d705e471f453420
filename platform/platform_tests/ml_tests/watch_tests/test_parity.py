"""What was served otherwise than the lake has it is told of the model that read it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mesh_platform.features import FeatureView
from mesh_platform.features.online.definition import version_of
from mesh_platform.features.online.parity import Parity
from mesh_platform.ml.watch import ModelHealth, Watched, alerts, health

from .world import NEWEST, Lender, Shelf, making, shelf, watched

VIEW = FeatureView("applicant", ("customer_id",), "bank.applicants", "day", ("income",))
LIVE = SimpleNamespace(views=(VIEW,))


class LiveLender(Lender):
    """The lender, which also answers single requests."""

    live = f"{__name__}:LIVE"


@pytest.fixture
def models(tmp_path: Path) -> Shelf:
    return shelf(tmp_path)


def compared(home: Path, *mismatches: int, served: int = 40, version: str | None = None) -> None:
    """Write what comparisons have found, the oldest first."""
    kept = home / "online" / "parity.jsonl"
    kept.parent.mkdir()
    done = Parity(VIEW.name, version or version_of(VIEW), served, served, 0, (), 0, "2026-02-28T04:00:00+00:00")
    kept.write_text("".join(json.dumps(asdict(replace(done, mismatches=found))) + "\n" for found in mismatches))


def looked_at(home: Path, models: Shelf) -> list[dict[str, object]]:
    made = making()
    lender = watched()
    live = Watched(LiveLender(), lender.current, lender.labelled, lender.segments)
    rows = health(replace(made, settings=replace(made.settings, home=home)), live, models)
    ModelHealth.validate(rows)
    return rows.filter(signal="parity").select("day", "feature", "value", "rows", "status").to_dicts()


def test_the_newest_comparison_of_a_models_view_is_in_its_health(tmp_path: Path, models: Shelf) -> None:
    compared(tmp_path, 3, 0)
    said = {"day": NEWEST, "feature": "applicant", "value": 0.0, "rows": 40, "status": "ok"}
    assert looked_at(tmp_path, models) == [said]


def test_a_value_that_was_served_otherwise_is_an_alarm(tmp_path: Path, models: Shelf) -> None:
    compared(tmp_path, 0, 2)
    [row] = looked_at(tmp_path, models)
    assert (row["value"], row["status"]) == (2.0, "mismatch")
    made = making()
    lender = watched()
    live = Watched(LiveLender(), lender.current, lender.labelled)
    rows = health(replace(made, settings=replace(made.settings, home=tmp_path)), live, models)
    assert alerts(rows)[0] == f"lending v3: applicant mismatches 2 (> 0) on all since {NEWEST}"


@pytest.mark.parametrize("other", [{"served": 0}, {"version": "another"}], ids=["nobody served", "old definition"])
def test_what_was_not_compared_says_nothing(tmp_path: Path, models: Shelf, other: dict[str, object]) -> None:
    compared(tmp_path, 0, **other)  # type: ignore[arg-type]
    assert looked_at(tmp_path, models) == []
