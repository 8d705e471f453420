"""A product knows the code that made it."""

import shutil
from pathlib import Path

import pytest

from mesh_platform.pipeline.fingerprint import code_version

from .kiosk import write


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkout, tmp_path / "checkout"))


def version(folder: Path) -> str:
    """Ask as a new process would: the answer is kept for the life of one."""
    code_version.cache_clear()
    return code_version(folder)


@pytest.mark.parametrize(
    "file",
    ["kiosk/dbt/models/marts/fct_daily.sql", "kiosk/dbt/models/sources.yml", "kiosk/src/mesh_kiosk/domain.py"],
)
def test_a_changed_model_property_or_contract_is_another_version(copy: Path, file: str) -> None:
    before = version(copy)
    path = copy / file
    path.write_text(path.read_text() + "\n")
    assert version(copy) != before


def test_an_added_or_renamed_file_is_another_version(copy: Path) -> None:
    before = version(copy)
    added = copy / "kiosk/dbt/models/marts/fct_more.sql"
    write(added, "select 1 as one")
    more = version(copy)
    added.rename(added.with_name("fct_other.sql"))
    assert len({before, more, version(copy)}) == 3


def test_text_that_moves_from_one_file_to_the_next_is_another_version(tmp_path: Path) -> None:
    write(tmp_path / "a.sql", "one\ntwo")
    write(tmp_path / "b.sql", "three")
    before = version(tmp_path)
    write(tmp_path / "a.sql", "one")
    write(tmp_path / "b.sql", "two\nthree")
    assert version(tmp_path) != before


@pytest.mark.parametrize(
    "file",
    [
        "kiosk/src/mesh_kiosk/__pycache__/domain.cpython-311.pyc",
        "kiosk/dbt/target/compiled/fct_daily.sql",
        "kiosk/dbt/logs/dbt.log",
        "kiosk/README.md",
    ],
)
def test_caches_logs_and_notes_are_no_code(copy: Path, file: str) -> None:
    before = version(copy)
    write(copy / file, "whatever")
    assert version(copy) == before


def test_equal_code_elsewhere_is_the_same_version(checkout: Path, copy: Path) -> None:
    assert version(copy) == version(checkout)
