"""Changes to a project that happen together or not at all."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from mesh_platform.errors import UserError


class Changes:
    """Files that come and files that change; where the block fails, all is as it was before.

    Usage: `with Changes() as changes: changes.create(...); changes.rewrite(...)`
    """

    def __init__(self) -> None:
        self._came: list[Path] = []
        self._before: dict[Path, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self._undo()

    def create_folder(self, folder: Path, files: Mapping[str, str]) -> None:
        """Create a folder with all its files in one step: it is built beside and then renamed.

        Args:
            folder: The new folder.
            files: Path within it → text.

        Raises:
            UserError: Where it exists.
        """
        self._refuse(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, text in files.items():
                _write(draft / name, text)
            draft.chmod(0o755)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._came.append(folder)

    def create_files(self, folder: Path, files: Mapping[str, str]) -> None:
        """Add files to a folder.

        Args:
            folder: An existing folder.
            files: Path within it → text.

        Raises:
            UserError: Where one of them exists; then none is added.
        """
        for name in files:
            self._refuse(folder / name)
        for name, text in files.items():
            self.expect(folder / name)
            _write(folder / name, text)

    def rewrite(self, files: Mapping[Path, str]) -> None:
        """Change the text of existing files.

        Args:
            files: File → new text.
        """
        for path, text in files.items():
            self._before[path] = path.read_bytes()
            _write(path, text)

    def expect(self, path: Path) -> None:
        """Say that a file or folder is about to be created by other means, so that it is taken away on failure.

        Args:
            path: What will be created; one that exists stays.
        """
        missing = [p for p in (path, *path.parents) if not p.exists()]
        if missing:
            self._came.append(missing[-1])

    def _refuse(self, path: Path) -> None:
        if path.exists():
            raise UserError(f"{path} exists already; nothing is changed: choose another name or move it away")

    def _undo(self) -> None:
        for path in reversed(self._came):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for path, text in self._before.items():
            path.write_bytes(text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
