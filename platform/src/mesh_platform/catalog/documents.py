"""The published documents as the catalog reads them: each once, with everything that the standard says.

`contract.export.read` tells what a program needs to use a product; the catalog also shows rules, lineage, raw text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.names import SOURCES
from mesh_platform.contract.export.read import END_OF_LIFE, REMOVABLE_FROM
from mesh_platform.errors import BadContract

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its document publishes it; what is absent there is empty here.

    Args:
        name: The column.
        type: Its type in the lake.
        logical_type: ODCS's type.
        description: What a value means.
        required: True where no value is missing.
        key: Part of the row's key.
        partition: Its days partition the table.
        classification: Who may see it.
        personal: The kind of personal data.
        unit: The unit of the value.
        term: The glossary's term.
        references: The column that holds every value.
        tags: Its tags.
        origins: The columns that it is computed from.
        derivation: How that is known.
        logic: What computes it.
        added: True where the ingest adds it to what was delivered.
        deprecated: True where nobody should build on it any more.
        removable_from: The day from which it may be taken away.
        said: The property as the document spells it, for its rules.
    """

    name: str
    type: str
    logical_type: str
    description: str
    required: bool
    key: bool = False
    partition: bool = False
    classification: str = ""
    personal: str = ""
    unit: str = ""
    term: str = ""
    references: str = ""
    tags: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    derivation: str = ""
    logic: str = ""
    added: bool = False
    deprecated: bool = False
    removable_from: date | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """A contract's document: a product's or a source's.

    Args:
        path: Where it is.
        text: Its text.
        content: What it says.
    """

    path: Path
    text: str
    content: Mapping[str, Any]

    @property
    def domain(self) -> str:
        """The domain."""
        return str(self.content["domain"])

    @property
    def name(self) -> str:
        """The product or source within its domain."""
        return str(self.table["name"])

    @property
    def full_name(self) -> str:
        """The lake table: "sales.orders", "sales.orders_v1" of an older major version, "sales_raw.order_lines"."""
        return str(self.table["physicalName"])

    @property
    def contract(self) -> str:
        """What the contract is called in every major version: "sales.orders" also of the table "sales.orders_v1"."""
        return str(self.content["name"])

    @property
    def version(self) -> str:
        """The full version."""
        return str(self.content["version"])

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".")[0])

    @property
    def status(self) -> str:
        """Where it is in its life."""
        return str(self.content["status"])

    @property
    def table(self) -> Mapping[str, Any]:
        """The one table that it describes."""
        found: Mapping[str, Any] = self.content["schema"][0]
        return found

    @property
    def description(self) -> str:
        """What the rows are, with limits and use where they are said."""
        said = self.content["description"]
        extra = [f"{part.capitalize()}: {said[part]}" for part in ("limitations", "usage") if part in said]
        return "\n\n".join([said["purpose"], *extra])

    @property
    def grain(self) -> str:
        """What one row is."""
        return str(self.table.get("dataGranularityDescription", ""))

    @property
    def owner(self) -> Mapping[str, Any]:
        """The team: name, description and members."""
        found: Mapping[str, Any] = self.content["team"]
        return found

    @property
    def email(self) -> str:
        """The team's address."""
        return str(self.owner["members"][0]["username"])

    @property
    def channel(self) -> str:
        """Where the team talks; "" where it says nothing but its address."""
        return next((s["channel"] for s in self.content.get("support", ()) if s["channel"] != self.email), "")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return tuple(_column(said) for said in self.table["properties"])

    @cached_property
    def promises(self) -> Mapping[str, Any]:
        """The service level: what is promised → its value."""
        return {entry["property"]: entry["value"] for entry in self.content.get("slaProperties", ())}

    @property
    def sunset(self) -> date | None:
        """The last day on which it is served; None where that is not decided."""
        return date.fromisoformat(self.promises[END_OF_LIFE]) if END_OF_LIFE in self.promises else None

    @cached_property
    def custom(self) -> Mapping[str, Any]:
        """What the document says beyond the standard: of the table, then of itself."""
        return {**custom_of(self.table), **custom_of(self.content)}


@dataclass(frozen=True, slots=True)
class ProductDocuments:
    """A product's documents: its descriptor and one contract for each major version alive.

    Args:
        descriptor: What the descriptor says.
        contracts: By major version, the newest last.
    """

    descriptor: Mapping[str, Any]
    contracts: tuple[Document, ...]

    @property
    def newest(self) -> Document:
        """The contract of the newest major version."""
        return self.contracts[-1]

    @property
    def sources(self) -> tuple[str, ...]:
        """The domain's own sources that feed it."""
        return tuple(custom_of(self.descriptor).get("sources", ()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The products that it reads."""
        return tuple(port["name"] for port in self.descriptor.get("inputPorts", ()))


@dataclass(frozen=True, slots=True)
class Documents:
    """All published documents of the mesh."""

    products: tuple[ProductDocuments, ...]
    sources: tuple[Document, ...]

    @property
    def contracts(self) -> Iterable[Document]:
        """Every contract: the products' of all major versions, then the sources'."""
        return [*(c for p in self.products for c in p.contracts), *self.sources]


def documents(root: Path) -> Documents:
    """Read every document once.

    Args:
        root: The folder of published documents.

    Raises:
        BadContract: Where the folder or a descriptor is missing, or a document can't be understood.
    """
    if not root.is_dir():
        raise BadContract(f"{root}: no such folder of published contracts; export the contracts into it")
    by_product: dict[Path, list[Document]] = {}
    for path in sorted(path for path in root.glob("*/*/v*.odcs.yaml") if path.parent.name != SOURCES):
        by_product.setdefault(path.parent, []).append(_document(path))
    products = [
        ProductDocuments(_load(folder / "product.odps.yaml")[1], tuple(sorted(found, key=lambda d: d.major)))
        for folder, found in sorted(by_product.items())
    ]
    sources = [_document(path) for path in sorted(root.glob(f"*/{SOURCES}/*.odcs.yaml"))]
    return Documents(tuple(products), tuple(sources))


def custom_of(element: Mapping[str, Any]) -> dict[str, Any]:
    """What an element says beyond the standard."""
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ())}


def _column(said: Mapping[str, Any]) -> Column:
    custom = custom_of(said)
    return Column(
        name=said["name"],
        type=said["physicalType"],
        logical_type=said["logicalType"],
        description=said.get("description", ""),
        required=said.get("required", False),
        key=said.get("primaryKey", False),
        partition=said.get("partitioned", False),
        classification=said.get("classification", ""),
        personal=custom.get("personal", ""),
        unit=custom.get("unit", ""),
        term=said.get("businessName", ""),
        references=next((r["to"] for r in said.get("relationships", ())), ""),
        tags=tuple(said.get("tags", ())),
        origins=tuple(said.get("transformSourceObjects", ())),
        derivation=said.get("transformDescription", ""),
        logic=said.get("transformLogic", ""),
        added="addedBy" in custom,
        deprecated=said.get("deprecated", False),
        removable_from=date.fromisoformat(custom[REMOVABLE_FROM]) if REMOVABLE_FROM in custom else None,
        said=said,
    )


def _document(path: Path) -> Document:
    text, content = _load(path)
    document = Document(path, text, content)
    try:
        _ = document.columns, document.full_name, document.major, document.description, document.email
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadContract(
            f"{path}: can't be understood ({type(error).__name__}: {error}); export the contracts again"
        ) from error
    return document


def _load(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C if there
    except (OSError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise BadContract(f"{path}: can't be read ({said}); export the contracts again") from error
    if not isinstance(content, dict):
        raise BadContract(f"{path}: holds no document; export the contracts again")
    return text, content
