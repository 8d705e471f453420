"""What the doctor says of the services that the settings name."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from mesh_platform.cli import doctor as doctors


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, of which only the services are looked at."""
    monkeypatch.setenv("MESH_HOME", str(tmp_path))
    monkeypatch.setattr(doctors, "LOOKS", (doctors._online, doctors._lineage))
    return tmp_path


def findings(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    if code:
        with pytest.raises(typer.Exit) as ended:
            doctors.doctor(as_json=True)
        assert ended.value.exit_code == code
    else:
        doctors.doctor(as_json=True)
    return {row["what"]: row for row in json.loads(capsys.readouterr().out)}


def test_what_is_not_set_is_a_file_and_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = findings(capsys)
    assert found["online store"]["found"] == f"sqlite:///{home}/online/features.db answers"
    assert found["lineage receiver"]["found"] == f"file://{home}/lineage/events.jsonl"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "variable", "url", "said", "remedy"),
    [
        ("online store", "MESH_ONLINE_STORE", "redis://u:s3cret@127.0.0.1:1/0", "can't be reached", "start it"),
        ("online store", "MESH_ONLINE_STORE", "redis://u:s3cret@[", "Invalid IPv6 URL", "correct MESH_ONLINE_STORE"),
        ("online store", "MESH_ONLINE_STORE", "mysql://x", "no online store of scheme", "correct MESH_ONLINE_STORE"),
        ("lineage receiver", "MESH_LINEAGE_URL", "http://u:s3cret@127.0.0.1:1/?s3cret", "ConnectError", "start it"),
        ("lineage receiver", "MESH_LINEAGE_URL", "http://u:s3cret@[", "Invalid", "correct MESH_LINEAGE_URL"),
        ("lineage receiver", "MESH_LINEAGE_URL", "gopher://x", "names no receiver", "correct MESH_LINEAGE_URL"),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_service_that_does_not_answer_is_named_with_what_to_do_and_without_its_secret(
    what: str,
    variable: str,
    url: str,
    said: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, url)
    found = findings(capsys, code=2)
    assert [row["what"] for row in found.values() if not row["ok"]] == [what]
    assert said in found[what]["found"]
    assert remedy in found[what]["remedy"]
    assert "s3cret" not in json.dumps(found)


def test_a_file_that_is_no_store_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "other.db").write_text("no database\n" * 20)
    monkeypatch.setenv("MESH_ONLINE_STORE", f"sqlite:///{home}/other.db")
    assert "file is not a database" in findings(capsys, code=2)["online store"]["found"]
