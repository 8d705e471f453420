"""What mesh-wide tests share: the checkout, the real data, and the `mesh` command as a person runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONG = tuple(map(str, (ROOT / "tests" / "end_to_end", ROOT / "tests" / "reliability")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that run whole worlds, so that the quick ones fill the gaps and workers end together."""
    items.sort(key=lambda item: not str(item.path).startswith(LONG))


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Mesh:
    """The `mesh` command on a home of its own."""

    home: Path

    def __call__(self, *words: str, code: int | None = 0, env: dict[str, str] | None = None) -> Said:
        done = subprocess.run(
            [Path(sys.executable).with_name("mesh"), *words],
            cwd=ROOT,
            env={**os.environ, "MESH_HOME": str(self.home), "NO_COLOR": "1", **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        said = Said(done.returncode, done.stdout, done.stderr)
        if code is not None:
            assert said.code == code, f"mesh {' '.join(words)} ended with {said.code}:\n{said.out}\n{said.err}"
        return said

    def products(self) -> dict[str, dict[str, Any]]:
        return {row["product"]: row for row in self("products", "--json").json}

    def rows(self, product: str, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("show", product, "--limit", "1000000", "--unmask", "--json", *words).json
        return found


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return Mesh(tmp_path / "home")


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Find a real dataset beside the checkout; missing on CI is a failure, elsewhere a loud skip."""
    folder = Path(os.environ.get("MESH_TEST_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if path.exists():
            return path
        message = f"REAL DATA ABSENT: {path}; set MESH_TEST_DATA to the folder of the datasets"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)

    return find
