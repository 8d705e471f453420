"""The vocabulary of the mesh: domains, sources, data products, ports, owners, service levels.

Pure data: nothing here opens, reads or imports an engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from mesh_platform.errors import BadContract, UnknownName

if TYPE_CHECKING:
    from mesh_platform.contract import Contract

FileFormat = Literal["csv", "jsonl", "parquet"]
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
RESERVED_PRODUCTS: Final = {
    "sources": "contracts/<domain>/sources/ holds the documents of its sources",
    "models": "<domain>.models.<model> names its models in the lineage",
}
"""Products whose name is another's within the domain, and whose."""
NEWEST: Final = "newest"
"""What the SQL of an older major version calls the newest one's rows."""
RESERVED_DOMAINS: Final = frozenset({"consumers"})
"""Domains whose folder of documents would be another's: the registered consumers."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The team that answers for a domain and its products."""

    team: str
    email: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What a product promises its consumers beyond its rows.

    Args:
        freshness: How old the newest row may be, against the newest delivery of the product's sources.
        retention_days: How long old snapshots can be read.
        min_rows: The fewest rows that a snapshot may have.
        max_shrink: The largest share of its rows that a snapshot may lose against the one before.
        tolerated_bad_rows: The largest share of a delivery's rows that may go to quarantine.
    """

    freshness: timedelta = timedelta(hours=26)
    retention_days: int = 30
    min_rows: int = 1
    max_shrink: float = 0.5
    tolerated_bad_rows: float = 0.05


@dataclass(frozen=True, slots=True)
class Source:
    """One operational feed into a domain; its contract's docstring says what a row is.

    Args:
        name: The source's name within its domain, such as "order_lines".
        contract: What each accepted row promises; its key decides what a duplicate is.
        format: How the operational system writes its files.
        system: The operational system, for people.
        event_time: The column that tells when a row happened; its UTC day is the row's partition. None for
            slowly changing masters, which stay in one partition.
        may_be_empty: True where no row for a long time is no fault, such as reports of fraud: its products are made
            without it until its first row lands; those that read nothing else wait for its first file.
    """

    name: str
    contract: type[Contract]
    format: FileFormat
    system: str
    event_time: str | None = None
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class InputPort:
    """A declared use of a product of another domain (or of the same one).

    Args:
        product: The product's full name, such as "sales.orders".
        columns: The columns that are read.
        purpose: Why, in a few words; consumers of personal data are asked for it.
        major: The major version that is read.
    """

    product: str
    columns: tuple[str, ...]
    purpose: str
    major: int = 1


@dataclass(frozen=True, slots=True)
class OlderMajor:
    """An older major version of a product, published beside the newest one until its sunset.

    Its rows are made from the newest one's, so that nothing is computed twice: a table of its own in the lake,
    `<domain>.<product>_v<major>`, written, audited and published like any other.

    Args:
        version: Its full version, such as "1.2.0".
        contract: What its rows go on promising.
        sql: The query that makes them; the newest major version's rows are the table `newest`.
        sunset: The last day on which it is made and served.
    """

    version: str
    contract: type[Contract]
    sql: str
    sunset: date

    @property
    def major(self) -> int:
        """The major version: what a consumer binds to."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True)
class DataProduct:
    """A published table with a contract, a version, an owner and a service level.

    Its meaning and grain are the contract's docstring, which is its catalog entry.

    Args:
        name: The name within the domain, such as "orders".
        contract: What every row of every snapshot promises.
        version: Semantic version of the contract.
        mart: The dbt model that makes the rows, or those that `program` starts from; "" where no SQL is needed.
        program: "module:function" that makes the rows in Python from `Making`; "" where the mart is the product.
        recipe: "module:NAME" of the `Recipe` whose champion makes the rows; "" where the product is no model product.
        sources: The domain's own sources that feed it.
        inputs: The products it reads.
        service_level: Freshness, retention and volume.
        looks_back: True where a day's rows depend on all days before it, so that a changed day changes the
            later ones too.
        reach_days: How many days before and after it a day's rows also depend on, such as 1 for sessions over midnight.
        accumulates: True where a partition says what was thought on its day, such as a forecast: only the newest one is
            made, and older ones stay as they are.
        status: Where the product is in its life.
        origins: Of a product made in Python, column → the columns it is computed from: of an input port, of an own
            source as "<domain>_raw.<source>.<column>", of its mart as "marts.<mart>.<column>", or "model" for what
            the recipe predicts. "<table>.*" is all columns of a table; the column "*" is all that are not named.
        older: Older major versions that are still published.
        older_sql: Of an older major version alone, which `contract.older` derives: the query that makes its rows.
    """

    name: str
    contract: type[Contract]
    version: str
    mart: str = ""
    program: str = ""
    recipe: str = ""
    sources: tuple[str, ...] = ()
    inputs: tuple[InputPort, ...] = ()
    service_level: ServiceLevel = field(default_factory=ServiceLevel)
    looks_back: bool = False
    reach_days: int = 0
    accumulates: bool = False
    status: Literal["proposed", "active", "deprecated", "retired"] = "active"
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    older: tuple[OlderMajor, ...] = ()
    older_sql: str = ""

    def __post_init__(self) -> None:
        for version in (self.version, *(older.version for older in self.older)):
            if not _VERSION.fullmatch(version):
                raise BadContract(
                    f"product '{self.name}': version '{version}' (rule: major.minor.patch, from 0.0.0); write 1.0.0"
                )
        if self.name in RESERVED_PRODUCTS:
            raise BadContract(
                f"product '{self.name}': the name is taken: {RESERVED_PRODUCTS[self.name]}; choose another name"
            )
        self._check_older()
        ports = [port.product for port in self.inputs]
        if twice := sorted({name for name in ports if ports.count(name) > 1}):
            raise BadContract(
                f"product '{self.name}' has two input ports of {', '.join(twice)} "
                "(rule: one a product, bound to one major version); merge them"
            )
        if self.older_sql:
            return  # made of the newest major version, whatever that is made by
        if sum(map(bool, (self.program, self.recipe))) > 1 or not (self.mart or self.program or self.recipe):
            made_by = f"mart='{self.mart}', program='{self.program}', recipe='{self.recipe}'"
            raise BadContract(
                f"product '{self.name}' is made by {made_by} "
                "(rule: a mart, a program that may start from a mart, or a recipe); keep one"
            )
        if self.origins and not (self.program or self.recipe):
            raise BadContract(
                f"product '{self.name}' declares origins of {', '.join(self.origins)} "
                "(rule: only of what Python makes; SQL is read); leave them out"
            )

    def _check_older(self) -> None:
        majors = [older.major for older in self.older]
        for older in self.older:
            if not 1 <= older.major < self.major or majors.count(older.major) > 1:
                raise BadContract(
                    f"product '{self.name}' {self.version} declares v{older.major} beside it "
                    "(rule: older major versions, each once); take it out"
                )
            if not older.sql.strip():
                raise BadContract(
                    f"product '{self.name}' v{older.major}: no SQL (rule: a query over `{NEWEST}` makes its rows); "
                    f"write sql='select … from {NEWEST}'"
                )

    @property
    def major(self) -> int:
        """The major version: what a consumer binds to."""
        return int(self.version.split(".")[0])


def older_table(product: str, major: int) -> str:
    """Name the lake table of an older major version, such as "sales.orders_v1"; the newest has the product's name."""
    return f"{product}_v{major}"


@dataclass(frozen=True, slots=True)
class Domain:
    """One team's world: its sources and its products.

    Args:
        name: The domain's name: package `mesh_<name>`, lake namespace, Dagster group.
        owner: The team.
        sources: Its operational feeds.
        products: What it publishes.
        description: A sentence for people.
    """

    name: str
    owner: Owner
    description: str
    sources: tuple[Source, ...] = ()
    products: tuple[DataProduct, ...] = ()

    def __post_init__(self) -> None:
        if self.name in RESERVED_DOMAINS:
            raise BadContract(f"domain '{self.name}': contracts/{self.name}/ is taken; choose another name")
        known = {source.name for source in self.sources}
        for product in self.products:
            for missing in sorted(set(product.sources) - known):
                raise BadContract(
                    f"{self.name}.{product.name}: source '{missing}' is not one of {sorted(known)}; "
                    "name a source of the domain's sources.py"
                )
            if product.older_sql:
                raise BadContract(
                    f"{self.name}.{product.name}: older_sql is derived (rule: DataProduct(older=(OlderMajor(…),))); "
                    "leave it out"
                )
        self._check_tables()

    def _check_tables(self) -> None:
        """No table of an older major version has the name of a product."""
        names = {self.full_name(product) for product in self.products}
        for product in self.products:
            for older in product.older:
                if (table := older_table(self.full_name(product), older.major)) in names:
                    raise BadContract(
                        f"{table} is a product and the table of {self.full_name(product)} v{older.major} "
                        "(rule: one table, one name); rename the product"
                    )

    def full_name(self, product: DataProduct) -> str:
        """The product's name across the mesh, such as "sales.orders"."""
        return f"{self.name}.{product.name}"

    def source(self, name: str) -> Source:
        """Find a source by its name."""
        for source in self.sources:
            if source.name == name:
                return source
        raise UnknownName.of(f"source of {self.name}", name, [s.name for s in self.sources])

    def product(self, name: str) -> DataProduct:
        """Find a product by its name."""
        for product in self.products:
            if product.name == name:
                return product
        raise UnknownName.of(f"product of {self.name}", name, [p.name for p in self.products])
