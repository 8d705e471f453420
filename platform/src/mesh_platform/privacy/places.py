"""Where personal data may live: every published table and every source, as their documents classify the columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mesh_platform.contract.consumers import Consumer, consumers, reading_products
from mesh_platform.contract.export.read import PublishedColumn, PublishedProduct, published, published_sources
from mesh_platform.contract.forgetting import SUBJECT, PersonalColumn, about_one_person
from mesh_platform.pipeline.maintain import PRIVATE_RETENTION_DAYS

TEXT: Final = "string"
MADE: Final = "is made from it"


@dataclass(frozen=True, slots=True)
class Place:
    """A table of the lake that may hold personal data; a source's also stands for its landed files.

    Args:
        table: Its name in the lake, such as "sales.orders" or "sales_raw.order_lines".
        kind: A product, or the raw table of a source.
        owner: The e-mail address of the team that answers for it.
        retention_days: How long its old snapshots can be read.
        key: The columns that name a row.
        columns: Its personal columns.
        references: Column → the "<table>.<column>" that holds its values.
        format: How the source's files are written; "" for a product.
        purposes: Reader → what it reads personal columns for.
    """

    table: str
    kind: Literal["product", "raw table"]
    owner: str
    retention_days: int
    key: tuple[str, ...]
    columns: tuple[PersonalColumn, ...]
    references: Mapping[str, str]
    format: str
    purposes: Mapping[str, str]

    @property
    def domain(self) -> str:
        """The domain that the table belongs to."""
        return self.table.partition(".")[0].removesuffix("_raw")

    @property
    def subject_columns(self) -> list[str]:
        """The columns that name the person."""
        return [c.name for c in self.columns if c.kind == SUBJECT and c.text]

    @property
    def about_one_person(self) -> list[str]:
        """The columns by which a row is about one person alone."""
        return about_one_person(self.columns)

    @property
    def landing(self) -> str:
        """The folder of the source's files within the landing zone; "" for a product."""
        return f"{self.domain}/{self.table.partition('.')[2]}" if self.kind == "raw table" else ""


def places(contracts: Path) -> dict[str, Place]:
    """Read the places of all products and sources, by table.

    Raises:
        BadContract: Where a document can't be read.
    """
    products = published(contracts)
    readers = [*consumers(contracts), *reading_products(products)]
    return {place.table: place for place in (*_products(products, readers), *_sources(contracts, products))}


def _products(products: list[PublishedProduct], readers: list[Consumer]) -> Iterator[Place]:
    for product in products:
        yield Place(
            table=product.table,
            kind="product",
            owner=product.owner.email,
            retention_days=product.service_level.retention_days,
            key=product.key,
            columns=_columns(product.columns, product.key),
            references={c.name: c.references for c in product.columns if c.references},
            format="",
            purposes=_purposes(product, readers),
        )


def _sources(contracts: Path, products: list[PublishedProduct]) -> Iterator[Place]:
    for source in published_sources(contracts):
        yield Place(
            table=source.table,
            kind="raw table",
            owner=source.owner.email,
            retention_days=PRIVATE_RETENTION_DAYS,
            key=source.key,
            columns=_columns(source.columns, source.key),
            references={c.name: c.references for c in source.columns if c.references},
            format=source.format,
            purposes={p.full_name: MADE for p in products if p.domain == source.domain and source.name in p.sources},
        )


def _columns(columns: tuple[PublishedColumn, ...], key: tuple[str, ...]) -> tuple[PersonalColumn, ...]:
    return tuple(
        PersonalColumn(c.name, c.personal, c.classification, c.required, c.type == TEXT, c.name in key)
        for c in columns
        if c.personal
    )


def _purposes(product: PublishedProduct, readers: list[Consumer]) -> dict[str, str]:
    """Who reads personal columns of a product, and what for."""
    personal = {c.name for c in product.columns if c.personal}
    return {
        reader.name: use.purpose or reader.purpose
        for reader in readers
        for use in reader.uses
        if (use.product, use.major) == (product.full_name, product.major) and personal & set(use.columns)
    }
