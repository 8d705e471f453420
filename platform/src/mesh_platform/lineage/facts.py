"""What a run tells of itself, in plain words: its job, its parent, what it reads and writes.

Standard library only, so that every step of a run may speak of them without paying for OpenLineage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from mesh_platform.lineage.graph_nodes import kind_of
from mesh_platform.product import Owner

ICEBERG, FILES, MODELS = "iceberg", "file", "mlflow"
"""The namespaces of datasets: the catalog's platforms, so that a receiver such as DataHub finds the same entities."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that others name as their parent.

    Args:
        run_id: A UUID.
        job: The job's name.
        root: The run that started it all, where that is another one.
    """

    run_id: str
    job: str
    root: RunRef | None = None


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What runs.

    Args:
        name: Its asset's key joined by dots, such as "sales.orders".
        kind: What it does, such as "REFRESH".
        description: For people.
        owner: Who answers for it.
        versions: What decides its results: code, contract, recipe; name → version.
    """

    name: str
    kind: str
    description: str
    owner: Owner | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, its type in the lake, what a value means."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A rule that an audit checked.

    Args:
        name: The rule's name.
        column: The column that it is about; None for the row or the table.
        description: What was promised.
        broken: How many rows broke it, or 1 where a rule of the table is broken.
    """

    name: str
    column: str | None
    description: str
    broken: int


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a run reads or writes; what is not known is left out of the event.

    Args:
        name: "sales.orders", "sales_raw.order_lines", "landing/sales/order_lines" or "sales.models.fraud".
        fields: Its columns.
        description: What a row is.
        owner: Who answers for it.
        version: The snapshot's id, or the model's version.
        origins: Column → the columns it is made from, as "<table>.<column>".
        rows: Rows read or written.
        bytes: Their size.
        files: Their files.
        change: What the run did to the dataset as a whole.
        promises: What an audit found on it; only of what is read.
    """

    name: str
    fields: tuple[Field, ...] = ()
    description: str = ""
    owner: Owner | None = None
    version: str = ""
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    change: Literal["CREATE", "OVERWRITE"] | None = None
    promises: tuple[Promise, ...] = ()

    @property
    def namespace(self) -> str:
        """The platform that holds it."""
        return namespace_of(self.name)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as far as it is known.

    Args:
        job: What runs.
        inputs: What it reads.
        outputs: What it writes.
        days: The first and last day of the data that it is about; None for all of it.
    """

    job: JobFacts
    inputs: tuple[DatasetFacts, ...] = ()
    outputs: tuple[DatasetFacts, ...] = ()
    days: tuple[date, date] | None = None


def namespace_of(dataset: str) -> str:
    """The platform that holds a dataset, told from its name."""
    return {"landing": FILES, "model": MODELS}.get(kind_of(dataset), ICEBERG)
