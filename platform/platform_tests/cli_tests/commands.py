"""The `mesh` command as a person or a script runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mesh_platform

ROOT = Path(mesh_platform.__file__).parents[3]


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as the JSON it promises to be."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Mesh:
    """The `mesh` command on a home of its own."""

    home: Path

    def __call__(self, *words: str, code: int = 0, **environment: str) -> Said:
        """Run a command that ends with an exit code."""
        said = self.run([str(Path(sys.executable).with_name("mesh")), *words], **environment)
        assert said.code == code, f"mesh {' '.join(words)} ended with {said.code}:\n{said.out}\n{said.err}"
        return said

    def run(self, command: list[str], **environment: str) -> Said:
        """Run any command in this mesh's environment."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "MESH_HOME": str(self.home), "NO_COLOR": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )
        return Said(done.returncode, done.stdout, done.stderr)
