"""An answer is worked out once, found by other homes where they share a cache, and old ones go."""

import os
from pathlib import Path

import pytest

from mesh_platform.kept import MOST, Kept, answers
from mesh_platform.settings import Settings


def place(home: Path, version: str = "1", kind: str = "sales") -> Kept:
    return Kept.of(Settings.load(home), "dbt", kind, version, ".json")


def test_homes_without_a_cache_know_nothing_of_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MESH_CACHE", raising=False)
    place(tmp_path / "a").write(b"told")
    assert place(tmp_path / "a").read() == b"told"
    assert place(tmp_path / "b").read() is None


def test_a_home_takes_over_what_another_one_left_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_CACHE", str(tmp_path / "cache"))
    place(tmp_path / "a").write(b"told")
    assert place(tmp_path / "b").read() == b"told"
    assert place(tmp_path / "b", version="2").read() is None, "another version of the code is another question"
    assert place(tmp_path / "b", kind="inventory").read() is None
    monkeypatch.delenv("MESH_CACHE")
    assert place(tmp_path / "b").read() == b"told", "it keeps what it used"


def test_few_old_answers_stay_and_the_newest_is_the_one_used_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MESH_CACHE", raising=False)
    place(tmp_path, kind="inventory").write(b"another question")
    for number in range(MOST):
        kept = place(tmp_path, str(number))
        kept.write(b"told")
        os.utime(kept.path, (number, number))
    assert place(tmp_path, "0").read() == b"told"
    place(tmp_path, "new").write(b"told")
    found = [path.stem for path in answers(tmp_path / "dbt", "sales", ".json")]
    assert found[:2] == ["sales-new", "sales-0"], "going back to older code uses its answer again"
    assert len(found) == MOST
    assert "sales-1" not in found
    assert place(tmp_path, kind="inventory").read() is not None
