"""Takes what tells of lineage out of a document in the exporter's own layout, many times as fast as a YAML parser.

Sound because in block YAML whatever continues a value is indented deeper than its key: a line that is indented like the
keys of its block is one of them. What is laid out in another way, or has more than a plain word where a name belongs,
is answered with None: then the document is parsed as YAML.
"""

import re
from collections.abc import Iterator
from typing import Any

_WORD = r"[A-Za-z_][\w.:/-]*"
_OTHER_VALUES = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
"""Plain words that YAML takes for something else than text."""
_BLOCK = re.compile(r"^(\w+):(?: (.*))?\n((?:(?: .*)?\n)*)", re.MULTILINE)
"""A key of the document, with what is indented below it."""
_PROPERTIES = re.compile(r"^    properties:\n((?:(?: {5}.*)?\n)+)", re.MULTILINE)
_TABLE = re.compile(r"^  - ", re.MULTILINE)
_PHYSICAL_NAME = re.compile(r"^    physicalName: (\S.*)\n(?! {5})", re.MULTILINE)
_COLUMN = re.compile(r"^      - ", re.MULTILINE)
_SAID = re.compile(r"^        (transform\w+):(?: (\S.*)\n(?! {9})|\n((?:          - \S+\n)+)(?! {9}))", re.MULTILINE)
_ADDED = re.compile(
    r"^        customProperties:\n(?: {10}.*\n)*? {10}- property: addedBy\n {12}value: (\S+)\n", re.MULTILINE
)
_CUSTOM = re.compile(
    r"^  - property: (\w+)\n    value:(?: (\S.*)\n(?! {5})|\n((?:      - \S+\n)+)(?! {5}))", re.MULTILINE
)
_PORT = re.compile(r"^  - name: (\S+)\n", re.MULTILINE)
_FOR_THE_PARSER = (
    *("\t", "\r", "<<:", "  ? ", ": &", ": *", ": !", "- &", "- *", "- !"),
    "property: models\n",
)
"""Signs of merges, long keys, anchors, aliases and tags; models, whose columns lie deeper."""

Parts = dict[str, Any]


class _Unlike(Exception):
    """The document is not laid out as the exporter does."""


def scanned(text: str) -> Parts | None:
    """Take the parts of a contract or a descriptor that tell of lineage out of its text.

    Args:
        text: The document.

    Returns:
        These parts as a YAML parser gives them; None where the layout is not the exporter's.
    """
    if any(sign in text for sign in _FOR_THE_PARSER):
        return None
    blocks = list(_BLOCK.finditer(text))
    if sum(found.end() - found.start() for found in blocks) != len(text):
        return None
    parts = {found[1]: (found[2] or "", found[3]) for found in blocks}
    try:
        return _contract(parts) if "schema" in parts else _descriptor(parts)
    except _Unlike:
        return None


def _contract(parts: dict[str, tuple[str, str]]) -> Parts:
    below = _listed(parts, "schema")
    properties = _PROPERTIES.search(below)
    if len(_TABLE.findall(below)) != 1 or properties is None or "domain" not in parts:
        raise _Unlike
    table = {"name": _word(below.partition("  - name: ")[2].partition("\n")[0])}
    physical = _PHYSICAL_NAME.search(below)
    if physical:
        table["physicalName"] = _word(physical[1])
    columns = _COLUMN.split(properties[1])
    if columns[0]:
        raise _Unlike
    return {
        "domain": _word(parts["domain"][0]),
        "schema": [{**table, "properties": [_column(column) for column in columns[1:]]}],
        "customProperties": _custom(parts),
    }


def _column(text: str) -> Parts:
    first, _, rest = text.partition("\n")
    if not first.startswith("name: "):
        raise _Unlike
    column: Parts = {"name": _word(first.removeprefix("name: "))}
    for key, value, items in _SAID.findall(rest):
        column[key] = list(_items(items)) if items else _plain(value)
    if rest.count("        transform") > len(column) - 1:
        raise _Unlike
    added = _ADDED.search(rest) if "addedBy" in rest else None
    if added:
        column["customProperties"] = [{"property": "addedBy", "value": _word(added[1])}]
    return column


def _descriptor(parts: dict[str, tuple[str, str]]) -> Parts:
    if "name" not in parts:
        raise _Unlike
    below = _listed(parts, "inputPorts")
    ports = [{"name": _word(name)} for name in _PORT.findall(below)]
    if len(ports) != len(_TABLE.findall(below)):
        raise _Unlike
    return {"name": _word(parts["name"][0]), "inputPorts": ports, "customProperties": _custom(parts)}


def _custom(parts: dict[str, tuple[str, str]]) -> list[Parts]:
    below = _listed(parts, "customProperties")
    found = _CUSTOM.findall(below)
    if len(found) != len(_TABLE.findall(below)):
        raise _Unlike
    return [{"property": key, "value": list(_items(items)) if items else _plain(value)} for key, value, items in found]


def _listed(parts: dict[str, tuple[str, str]], key: str) -> str:
    """The lines of a list of the document; "" where it has none."""
    value, below = parts.get(key, ("", ""))
    if value or (below and not below.startswith("  - ")):
        raise _Unlike
    return below


def _items(lines: str) -> Iterator[str]:
    return (_word(line.strip().removeprefix("- ")) for line in lines.splitlines())


def _plain(text: str) -> str:
    if not text[0].isalpha() or text[-1].isspace() or ": " in text or " #" in text:
        raise _Unlike
    return text


def _word(text: str) -> str:
    if not re.fullmatch(_WORD, text) or text.lower() in _OTHER_VALUES:
        raise _Unlike
    return text
