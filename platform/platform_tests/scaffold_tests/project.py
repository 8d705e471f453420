"""A project of its own for each test: the checkout's settings, no domain, an environment that can be installed into."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).parents[3]
SHARED = ("workspace.yaml", ".importlinter", "pyproject.toml", ".sqlfluff")


@dataclass(frozen=True, slots=True)
class Project:
    """A project in a temporary folder.

    Args:
        root: Its folder.
    """

    root: Path

    @classmethod
    def at(cls, root: Path) -> Self:
        """Make a project whose environment sees all that is installed here, and can be installed into."""
        root.mkdir()
        for name in SHARED:
            shutil.copy(CHECKOUT / name, root / name)
        shutil.copytree(CHECKOUT / "sqlfluff_libs", root / "sqlfluff_libs")
        (root / "platform").symlink_to(CHECKOUT / "platform")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
        [packages] = (root / ".venv/lib").glob("python*/site-packages")
        here = sysconfig.get_path("purelib")
        (packages / "checkout.pth").write_text(f"import site; site.addsitedir({here!r})\n")
        (root / ".venv/bin/uv").symlink_to(Path(sys.executable).with_name("uv"))
        return cls(root)

    @property
    def landing(self) -> Path:
        """The project's landing zone."""
        return self.root / ".mesh" / "landing"

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the project's Python in the project's folder."""
        return self.tool(str(self.root / ".venv/bin/python"), *arguments)

    def mesh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `mesh` command in the project."""
        return self.python("-m", "mesh_platform.cli.main", *arguments)

    def tool(self, *command: str, folder: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder, or another, with more in its environment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
        return subprocess.run(
            command, cwd=folder or self.root, env=inherited | more, capture_output=True, text=True, check=False
        )

    def files(self) -> dict[str, bytes]:
        """Everything that a commit would hold, and the landing zone."""
        found = (path for path in self.root.rglob("*") if path.is_file() and "platform" not in path.parts)
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in found
            if not {".venv", "__pycache__"} & set(path.parts)
        }
