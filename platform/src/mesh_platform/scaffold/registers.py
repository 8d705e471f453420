"""The workspace's lists of domains: Dagster's code locations, the import walls, the type checker's path.

None of the three tools takes a pattern, so a new domain is written into each, after the newest one in the list.
"""

import re
from itertools import groupby
from pathlib import Path
from typing import Final

WORKSPACE, WALLS, TYPES = "workspace.yaml", ".importlinter", "pyproject.toml"
_LOCATION: Final = re.compile(r"mesh_(\w+)\.definitions")


def registered(root: Path, name: str) -> dict[Path, str]:
    """Write a domain into the workspace's lists, without touching the files.

    Args:
        root: The project's folder.
        name: The new domain.

    Returns:
        The files that change → their new text.
    """
    before = {path: path.read_text(encoding="utf-8") for f in (WORKSPACE, WALLS, TYPES) if (path := root / f).is_file()}
    known = _LOCATION.findall(before[root / WORKSPACE])
    after = {path: _entered(path.name, text, known[-1] if known else None, name) for path, text in before.items()}
    return {path: text for path, text in after.items() if text != before[path]}


def _entered(file: str, text: str, newest: str | None, name: str) -> str:
    if file == WORKSPACE:
        return _in_workspace(text, name)
    if newest is None:
        return text
    return _in_walls(text, newest, name) if file == WALLS else _in_types(text, newest, name)


def _in_workspace(text: str, name: str) -> str:
    entry = f"  - python_module: {{module_name: mesh_{name}.definitions, location_name: {name}}}\n"
    if f"mesh_{name}.definitions" in text:
        return text
    return text.replace("load_from: []", "load_from:").rstrip("\n") + "\n" + entry


def _in_walls(text: str, newest: str, name: str) -> str:
    """Repeat for the new domain each line, or run of lines, that names the newest one."""
    if re.search(rf"^\s+mesh_{name}(\.|$)", text, re.MULTILINE):
        return text
    entry = re.compile(rf"\s+mesh_{newest}(\.\w+)*\s*")
    kept: list[str] = []
    for named, lines in groupby(text.splitlines(keepends=True), key=lambda line: bool(entry.fullmatch(line))):
        run = [line.rstrip("\n") + "\n" for line in lines]
        kept += run + [line.replace(f"mesh_{newest}", f"mesh_{name}") for line in run] if named else run
    return "".join(kept)


def _in_types(text: str, newest: str, name: str) -> str:
    """Repeat for the new domain each of the newest one's folders in the type checker's path."""
    if f'"domains/{name}/src"' in text:
        return text
    return re.sub(rf'"domains/{newest}((?:/\w+)*)"', rf'\g<0>, "domains/{name}\g<1>"', text)
