"""API keys are shown once, kept as hashes, and refused everywhere as soon as they are revoked."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from mesh_platform.errors import UnknownName
from mesh_platform.serve.identity.keys import Keys, development_key
from mesh_platform.settings import Settings

TODAY = datetime.now(UTC).date()


def test_a_key_proves_its_consumer_and_no_other_text_does(keys: Keys) -> None:
    key, text = keys.create("board")
    proven = keys.proven(text)
    assert proven is not None
    assert (proven.id, proven.consumer) == (key.id, "board")
    other = keys.create("desk")[1]
    mixed = f"{text[: -len('x' * 43)]}{other[-43:]}"
    changed = text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]
    for wrong in (mixed, changed, text[:-1], text + "x", text.upper(), "", "mesh__", f"mesh_{key.id}_", "é" * 60):
        assert keys.proven(wrong) is None, wrong


def test_a_secret_is_in_no_file(keys: Keys, settings: Settings) -> None:
    secret = keys.create("board")[1].rpartition("_")[2]
    held = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert secret.encode() not in held
    assert b"board" in held


def test_nobody_but_the_owner_reads_the_file_of_keys(keys: Keys, settings: Settings) -> None:
    keys.create("board")
    assert (settings.home / "serve" / "keys.db").stat().st_mode & 0o077 == 0


def test_a_key_revoked_by_another_process_is_refused_at_once(keys: Keys, settings: Settings) -> None:
    key, text = keys.create("board")
    assert keys.proven(text)
    program = (
        "import sys; from pathlib import Path; from mesh_platform.settings import Settings; "
        "from mesh_platform.serve.identity.keys import Keys; "
        "Keys.of(Settings.load(Path(sys.argv[1]))).revoke(sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", program, settings.home, key.id], check=True)
    assert keys.proven(text) is None
    assert not keys.works(key.id)


def test_a_revoked_key_stays_revoked_since_the_first_time(keys: Keys) -> None:
    key, _ = keys.create("board")
    assert keys.revoke(key.id).revoked_at == keys.revoke(key.id).revoked_at


def test_revoking_a_key_that_does_not_exist_says_which_there_are(keys: Keys) -> None:
    key, _ = keys.create("board")
    with pytest.raises(UnknownName, match=rf"no key 'nokey'; there are: {key.id}"):
        keys.revoke("nokey")


def test_a_key_works_until_the_end_of_its_last_day(keys: Keys) -> None:
    assert keys.proven(keys.create("board", TODAY)[1])
    assert keys.proven(keys.create("board", TODAY - timedelta(days=1))[1]) is None


def test_the_last_use_is_remembered(keys: Keys) -> None:
    key, _ = keys.create("board")
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    keys.used({key.id: at})
    assert [k.used_at for k in keys.all()] == [at]


def test_the_development_key_is_made_once(settings: Settings, keys: Keys) -> None:
    text = development_key(settings)
    assert text
    assert development_key(settings) is None
    proven = keys.proven(text)
    assert proven
    assert proven.consumer == "developer"


def test_the_file_is_read_by_others_while_it_is_written(keys: Keys, settings: Settings) -> None:
    _, text = keys.create("board")
    writer = sqlite3.connect(settings.home / "serve" / "keys.db", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("update keys set consumer = 'thief'")
    proven = keys.proven(text)
    writer.execute("rollback")
    writer.close()
    assert proven
    assert proven.consumer == "board"
