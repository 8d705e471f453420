"""What the published documents say, as values: products, sources and their columns."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mesh_platform.product import InputPort, Owner, ServiceLevel, older_table


@dataclass(frozen=True, slots=True)
class PublishedColumn:
    """A column as its contract publishes it.

    Args:
        name: The column.
        type: Its type in the lake, such as "decimal(18,4)".
        logical_type: ODCS's type, such as "number".
        description: What a value means.
        classification: Who may see it.
        required: True where no value is missing.
        personal: The kind of personal data, or None.
        unit: The unit of the value, or None.
        term: The glossary's term, or None.
        references: The "<domain>.<table>.<column>" that holds every value, or None.
        values: The allowed values, where they are listed.
        deprecated: The day from which it may be taken away, or None.
    """

    name: str
    type: str
    logical_type: str
    description: str
    classification: str
    required: bool
    personal: str | None
    unit: str | None
    term: str | None
    references: str | None
    values: tuple[Any, ...]
    deprecated: date | None = None


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """One major version of a product as its documents publish it.

    Args:
        domain: The domain.
        name: The product within its domain.
        version: The full version.
        status: Where the product is in its life.
        description: What the rows are.
        grain: What one row is.
        owner: Who answers for it.
        columns: Its columns, in order.
        key: The columns that name a row.
        partition: The column whose days partition the table, or None.
        sort: The columns that rows are sorted by.
        service_level: What is promised beyond the rows.
        sources: The operational feeds; only of the newest major version.
        inputs: The products it reads; only of the newest major version.
        path: The contract's document.
        sunset: The day until which an older major version is served, or None.
    """

    domain: str
    name: str
    version: str
    status: str
    description: str
    grain: str
    owner: Owner
    columns: tuple[PublishedColumn, ...]
    key: tuple[str, ...]
    partition: str | None
    sort: tuple[str, ...]
    service_level: ServiceLevel
    sources: tuple[str, ...]
    inputs: tuple[InputPort, ...]
    path: Path
    sunset: date | None = None

    @property
    def full_name(self) -> str:
        """The product's name across the mesh, such as "sales.orders"."""
        return f"{self.domain}.{self.name}"

    @property
    def major(self) -> int:
        """The major version: what a consumer binds to."""
        return int(self.version.split(".")[0])

    @property
    def table(self) -> str:
        """Its table in the lake: "sales.orders" of the newest major version, "sales.orders_v1" of an older one."""
        return self.full_name if self.sunset is None else older_table(self.full_name, self.major)

    def served_on(self, day: date) -> bool:
        """Whether consumers are served this major version on a day: until its sunset, if it has one."""
        return self.sunset is None or day <= self.sunset


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """A source as its document publishes it: what a system delivers, and the raw table of the accepted rows.

    Args:
        domain: The domain.
        name: The source within its domain.
        system: The operational system, for people.
        format: How the system writes its files.
        description: What the rows are.
        grain: What one row is.
        owner: Who answers for it.
        columns: The columns of the landed files, in order.
        added: The columns that the ingest adds in the raw table.
        key: The columns that name a row.
        event_time: The column that tells when a row happened, or None.
        may_be_empty: True where no row for a long time is no fault.
        path: The document.
    """

    domain: str
    name: str
    system: str
    format: str
    description: str
    grain: str
    owner: Owner
    columns: tuple[PublishedColumn, ...]
    added: tuple[PublishedColumn, ...]
    key: tuple[str, ...]
    event_time: str | None
    may_be_empty: bool
    path: Path

    @property
    def full_name(self) -> str:
        """The source's name across the mesh, such as "sales.order_lines"; a product may have the same one."""
        return f"{self.domain}.{self.name}"

    @property
    def table(self) -> str:
        """The raw table in the lake, such as "sales_raw.order_lines"."""
        return f"{self.domain}_raw.{self.name}"

    @property
    def landing(self) -> str:
        """The landed files as a node of the lineage, such as "landing/sales/order_lines"."""
        return f"landing/{self.domain}/{self.name}"
