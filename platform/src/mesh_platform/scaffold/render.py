"""Fill in the templates."""

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Final

TEMPLATES: Final = Path(__file__).with_name("templates")
_ENDING: Final = ".tmpl"
_PLACE: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*(?=[._/]|$)")
_OWN_IMPORT: Final = "from mesh_"

Files = dict[str, str]
"""Path, relative to where the files go → text."""


def render(kind: str, values: Mapping[str, str]) -> Files:
    """Fill in all templates of a kind.

    In a text `$name` stands for the value of "name"; in a path NAME does.

    Args:
        kind: The templates' folder: "domain" or "product".
        values: What to fill in.
    """
    root = TEMPLATES / kind
    found = sorted(path for path in root.rglob(f"*{_ENDING}") if path.is_file())
    return {_place(path.relative_to(root), values): _text(path, values) for path in found}


def _place(path: Path, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda m: values.get(m[0].lower(), m[0]), path.as_posix().removesuffix(_ENDING))


def _text(path: Path, values: Mapping[str, str]) -> str:
    text = Template(path.read_text(encoding="utf-8")).substitute(values)
    return _sorted_imports(text) if path.name.endswith(f".py{_ENDING}") else text


def _sorted_imports(text: str) -> str:
    """Sort the imports of the mesh's own packages: where a domain's stands among them depends on its name."""
    blocks = groupby(text.splitlines(keepends=True), key=lambda line: line.startswith(_OWN_IMPORT))
    return "".join(line for own, lines in blocks for line in (sorted(lines) if own else lines))
