"""What the catalog is built from: the documents, the lake, the registry and what dbt has parsed, read once.

A mesh that has never run has documents only; everything else is then absent, not wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.catalog.dbt import DbtModel, dbt_models
from mesh_platform.catalog.documents import Documents, documents
from mesh_platform.catalog.governance import governance
from mesh_platform.catalog.proposals import Proposal
from mesh_platform.catalog.versions import model_versions
from mesh_platform.contract.consumers import Consumer, consumers
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Snapshot
    from mesh_platform.ml.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class Stored:
    """What the lake holds of a table now.

    Args:
        snapshot: The current snapshot.
        bytes: The size of its files.
        files: How many there are.
    """

    snapshot: "Snapshot"
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Mesh:
    """The mesh at one moment.

    Args:
        documents: What is published.
        governance: What governance's own files say.
        consumers: Who registered as a consumer.
        stored: Table → what the lake holds of it.
        versions: Model, such as "fraud" → its trained versions, newest first.
        dbt: Domain → the dbt models that were parsed.
    """

    documents: Documents
    governance: tuple[Proposal, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    stored: Mapping[str, Stored] = field(default_factory=dict)
    versions: Mapping[str, tuple["ModelVersion", ...]] = field(default_factory=dict)
    dbt: Mapping[str, tuple[DbtModel, ...]] = field(default_factory=dict)


def gather(root: Path, settings: Settings) -> Mesh:
    """Read everything that the catalog is built from.

    Args:
        root: The project's folder: `contracts/` and `catalog/` are below it.
        settings: Where the lake, the registry and dbt's state are.

    Raises:
        BadContract: Where a document or a consumer's registration can't be understood.
        UserError: Where a file of governance's can't be understood.
    """
    published = documents(root / "contracts")
    domains = sorted({document.domain for document in published.contracts})
    return Mesh(
        documents=published,
        governance=governance(root / "catalog"),
        consumers=tuple(consumers(root / "contracts")),
        stored=_stored(settings),
        versions=model_versions(settings),
        dbt={domain: dbt_models(settings, domain) for domain in domains},
    )


def _stored(settings: Settings) -> dict[str, Stored]:
    from mesh_platform.lake import Lake

    lake = Lake.open(settings)
    found = {}
    for table in lake.tables():
        if (snapshot := lake.current(table)) is not None:
            files = lake.files(table, as_of=snapshot.snapshot_id)  # a publisher may come in between
            found[table] = Stored(snapshot, sum(f.bytes for f in files), len(files))
    return found
