"""Make a new domain importable in the running environment."""

import shutil
import subprocess
import sys
from pathlib import Path

from mesh_platform.errors import UserError


def install_command(folder: Path) -> list[str]:
    """The command that installs a domain where this Python runs; its dependencies are there already.

    Args:
        folder: The domain's folder.

    Raises:
        UserError: Where there is no uv.
    """
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise UserError(f"no uv beside {sys.executable}; `make setup` installs it, or leave out with --no-install")
    options = ["--quiet", "--python", sys.executable, "--no-deps", "--no-build-isolation"]
    return [uv, "pip", "install", *options, "-e", str(folder)]


def install(folder: Path) -> None:
    """Install a domain where this Python runs.

    Args:
        folder: The domain's folder.

    Raises:
        UserError: Where the installer refuses, with its last words.
    """
    done = subprocess.run(install_command(folder), capture_output=True, text=True, check=False)  # noqa: S603 - our words
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1].strip()
        raise UserError(
            f"{folder.name} could not be installed, nothing is changed: {last}; or leave out with --no-install"
        )
