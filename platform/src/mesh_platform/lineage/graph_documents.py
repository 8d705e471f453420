"""What each published document says of lineage: a product's contract and descriptor, a source's contract.

Parsing a thousand documents takes many seconds, so what they say can be kept in one small file; a document whose bytes
changed is read again. The kept file is only ever a shortcut: without it the answer is the same.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.derivation import MODELS, SAID
from mesh_platform.contract.export.names import SOURCES
from mesh_platform.errors import BadContract
from mesh_platform.lineage.graph_nodes import landing_set, raw_table
from mesh_platform.lineage.graph_scan import scanned

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BASIS = {sentence: basis for basis, sentence in SAID.items()}
_MAJOR = re.compile(r"v(\d+)\.odcs\.yaml")
_FORM = "1"
"""The form of the kept file; another one is not read."""
_DAY = "_day"
"""The raw tables' partition column, which the ingest takes from the event time."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Where a node comes from.

    Args:
        origins: The nodes that it is computed from directly, sorted.
        basis: How they are known: a basis of `contract.export.derivation`, "ingest", or "" where nothing is said.
        logic: What computes it: a dbt model, a function, a model.
    """

    origins: tuple[str, ...] = ()
    basis: str = ""
    logic: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What one document says.

    Args:
        nodes: Node → where it comes from.
        inputs: Table → the tables that it is declared to read.
    """

    nodes: Mapping[str, Ancestry] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_Said = dict[str, Any]
"""A document's lineage as plain values: "nodes" → node → [origins, basis, logic], "inputs" → table → tables."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all documents say.

    Args:
        said: Digest of a document → what it says; newer major versions before older ones.
        is_kept: Whether it is what was kept, which somebody has joined and checked before.
    """

    said: Mapping[str, _Said]
    is_kept: bool

    def documents(self) -> list[Document]:
        """Tell what each document says."""
        return [_document(said) for said in self.said.values()]

    def keep(self, kept: Path) -> None:
        """Keep it for the next reading, once it is known to be sound."""
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}.part")
        draft.write_text(json.dumps({"form": _FORM, "documents": self.said}, separators=(",", ":")))
        draft.replace(kept)


def read_documents(root: Path, kept: Path | None = None) -> Reading:
    """Read what the documents say of lineage.

    Args:
        root: The folder of published documents.
        kept: Where an earlier reading was kept, or None.

    Raises:
        BadContract: Where the folder does not exist or a document can't be read.
    """
    if not root.is_dir():
        raise BadContract(f"{root}: no such folder of published contracts; export the contracts into it")
    before = _kept(kept) if kept else {}
    now = {}
    for path in _places(root):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        known = before.get(digest)
        now[digest] = known if known is not None else _said(path, content)
    return Reading(now, is_kept=list(now) == list(before))


def _places(root: Path) -> Iterator[Path]:
    yield from sorted(root.glob(f"*/{SOURCES}/*.odcs.yaml"))
    majors = [(path, found) for path in root.glob("*/*/v*.odcs.yaml") if (found := _MAJOR.fullmatch(path.name))]
    products = [(path, int(found[1])) for path, found in majors if path.parent.name != SOURCES]
    yield from (path for path, major in sorted(products, key=lambda entry: (entry[0].parent, -entry[1])))
    yield from sorted(root.glob("*/*/product.odps.yaml"))


def _said(path: Path, content: bytes) -> _Said:
    try:
        document = scanned(content.decode())
        if document is None:
            document = yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe loader, in C if there
        return _understood(path, document)
    except (yaml.YAMLError, AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise BadContract(
            f"{path}: can't be understood ({type(error).__name__}: {said}); export the contracts again"
        ) from error


def _understood(path: Path, document: Mapping[str, Any]) -> _Said:
    if path.name == "product.odps.yaml":
        return {"nodes": {}, "inputs": _declared(document)}
    nodes = _landed(document) if path.parent.name == SOURCES else _published(document)
    return {"nodes": nodes, "inputs": {}}


def _declared(descriptor: Mapping[str, Any]) -> dict[str, list[str]]:
    domain, product = descriptor["name"].split(".")
    ports = [port["name"] for port in descriptor.get("inputPorts", ())]
    sources = [raw_table(domain, source) for source in _custom(descriptor).get("sources", ())]
    return {f"{domain}.{product}": sorted({*ports, *sources})}


def _published(contract: Mapping[str, Any]) -> dict[str, list[Any]]:
    table = contract["schema"][0]
    nodes = {
        f"{table['physicalName']}.{column['name']}": [
            column.get("transformSourceObjects", []),
            _BASIS.get(column.get("transformDescription", ""), ""),
            column.get("transformLogic", ""),
        ]
        for column in table["properties"]
    }
    models = {model["name"]: [model["learnsFrom"], "model", ""] for model in _custom(table).get(MODELS, ())}
    return nodes | models


def _landed(contract: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Tell of the landed files and the raw table: a delivered column is carried over, the day is the event time's."""
    domain, table = contract["domain"], contract["schema"][0]
    raw, landing = raw_table(domain, table["name"]), landing_set(domain, table["name"])
    names = [column["name"] for column in table["properties"]]
    delivered = [column["name"] for column in table["properties"] if "addedBy" not in _custom(column)]
    taken = {_DAY: _custom(contract).get("eventTime"), **dict(zip(delivered, delivered, strict=True))}
    origins = {name: [f"{landing}.{taken[name]}"] if taken.get(name) else [] for name in names}
    return {f"{landing}.{name}": [[], "", ""] for name in delivered} | {
        f"{raw}.{name}": [origins[name], "ingest", ""] for name in names
    }


def _custom(element: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ())}


def _document(said: _Said) -> Document:
    nodes = {node: Ancestry(tuple(origins), basis, logic) for node, (origins, basis, logic) in said["nodes"].items()}
    return Document(nodes, {table: tuple(read) for table, read in said["inputs"].items()})


def _kept(kept: Path) -> dict[str, _Said]:
    """What was kept; nothing where it can't be used, for it is only a shortcut."""
    try:
        content = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        return {}
    return content["documents"] if isinstance(content, dict) and content.get("form") == _FORM else {}
