"""House rules that no linter knows."""

import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT

HOSTS = re.compile(r"https?://[^\s/]*(?:pypi|files\.pythonhosted|mirror|artifactory|nexus)[^\s]*", re.IGNORECASE)


def _tracked(*endings: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in done.stdout.splitlines() if name.endswith(endings) and (ROOT / name).exists()]


def test_platform_never_shadows_the_standard_library() -> None:
    assert not (ROOT / "platform/__init__.py").exists()


def test_no_file_is_over_300_lines() -> None:
    long = {
        p.relative_to(ROOT).as_posix(): n
        for p in _tracked(".py", ".sql")
        if (n := len(p.read_text().splitlines())) > 300
    }
    assert not long


def test_the_lock_names_no_registry_and_has_a_hash_for_every_package() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not HOSTS.search(lock)
    packages = re.findall(r"^[a-z0-9].*==.*$", lock, re.MULTILINE)
    assert packages
    assert all(line.endswith("\\") for line in packages), "every package has hashes"


def test_every_folder_of_the_platform_has_a_caption_in_agents_md() -> None:
    captions = (ROOT / "AGENTS.md").read_text()
    rooms = [p.name for p in (ROOT / "platform/src/mesh_platform").iterdir() if (p / "__init__.py").exists()]
    assert rooms
    assert [room for room in rooms if f"`…/{room}/`" not in captions] == []


def test_every_sql_model_has_its_yml_beside_it() -> None:
    models = [p for p in _tracked(".sql") if "/dbt/models/" in p.as_posix()]
    assert models
    assert [p.name for p in models if not p.with_suffix(".yml").exists()] == []


def test_every_setting_is_documented() -> None:
    read = re.findall(r'environ(?:\.get\(|\[)"(\w+)"', (ROOT / "platform/src/mesh_platform/settings.py").read_text())
    told = re.findall(r"`(\w+)`", (ROOT / "docs/settings.md").read_text())
    assert len(set(read)) > 10
    assert set(read) - set(told) == set()
