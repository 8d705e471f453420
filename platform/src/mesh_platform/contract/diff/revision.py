"""The published documents as a revision of the project holds them."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from mesh_platform.errors import UserError


@contextmanager
def at_revision(project: Path, revision: str) -> Iterator[Path]:
    """Lay out contracts/ as a revision holds it, in a folder that is gone afterwards.

    Args:
        project: The project's folder, a git checkout or a part of one.
        revision: A commit, branch or tag.

    Raises:
        UserError: Where there is no such revision, or it holds no contracts/.
    """
    commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UserError(
            f"no revision '{revision}' in {project} (rule: a commit, branch or tag of a git checkout); "
            "name one that exists"
        )
    packed = _git(project, "archive", "--format=tar", commit.decode().strip(), "contracts")
    if packed is None:
        raise UserError(f"revision '{revision}' holds no contracts/; name one that does")
    with TemporaryDirectory(prefix="mesh-contracts-") as folder, tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder) / "contracts"


def _git(project: Path, *arguments: str) -> bytes | None:
    """Ask git; None where it has no answer."""
    try:
        said = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, check=False)  # noqa: S603, S607 - git itself, no shell
    except FileNotFoundError as error:
        raise UserError("git is not installed (rule: differences are taken against a revision); install it") from error
    return said.stdout if said.returncode == 0 else None
