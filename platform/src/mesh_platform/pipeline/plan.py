"""Decide what a product needs: nothing, some partitions, or everything."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mesh_platform.contract import shape_of
from mesh_platform.errors import MissingSource
from mesh_platform.pipeline.days import Days, monday, partitions_of
from mesh_platform.product import DataProduct, Domain, InputPort, older_table

if TYPE_CHECKING:
    from mesh_platform.lake import Lake, Snapshot


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make of a product, and from which snapshots.

    Args:
        partitions: The partitions to make again; None means all rows.
        inputs: Lake table → the snapshot that the run reads.
        why: The reason, for people.
    """

    partitions: Days | None
    inputs: dict[str, int]
    why: str

    @property
    def needed(self) -> bool:
        """Whether anything must be made."""
        return self.partitions is None or bool(self.partitions)


RAW = "_raw"
"""What follows a domain's name in the namespace of its sources' accepted rows."""


def raw_table(domain: str, source: str) -> str:
    """The lake table of a source's accepted rows."""
    return f"{domain}{RAW}.{source}"


def input_tables(domain: Domain, product: DataProduct) -> list[str]:
    """The inputs that a product is made from, by the names that SQL and Python know them by, its own sources first."""
    return [raw_table(domain.name, s) for s in product.sources] + [port.product for port in product.inputs]


def bound_tables(domain: Domain, product: DataProduct, lake: "Lake") -> dict[str, str]:
    """Find the lake table of each input: of the major version that a port is bound to.

    Returns:
        The name by which SQL and Python know an input, such as "sales.orders" → its table, which may be
        "sales.orders_v1" once the newest major version is another one.
    """
    raw = {table: table for table in (raw_table(domain.name, s) for s in product.sources)}
    return raw | {port.product: _bound(port, lake) for port in product.inputs}


def _bound(port: InputPort, lake: "Lake") -> str:
    newest = lake.current(port.product)
    major = newest.properties.get("contract_version", "").partition(".")[0] if newest else ""
    return port.product if major in {"", str(port.major)} else older_table(port.product, port.major)


def awaited_products(product: DataProduct) -> set[str]:
    """The products that must be published before: those that it reads, and those that its columns point to."""
    references = shape_of(product.contract).references.values()
    return {port.product for port in product.inputs} | {target.rpartition(".")[0] for target in references}


def optional_tables(domain: Domain) -> set[str]:
    """The lake tables of the sources that may be empty."""
    return {raw_table(domain.name, source.name) for source in domain.sources if source.may_be_empty}


def plan(
    domain: Domain,
    product: DataProduct,
    lake: "Lake",
    code_version: str,
    forced: Days | None = frozenset(),
    model: str = "",
) -> Plan:
    """Compare a product's last snapshot with its inputs and its code.

    Args:
        domain: The product's domain.
        product: The product.
        lake: Where both live.
        code_version: The version of the code that would make it now.
        forced: Days to make again whatever changed; None forces everything.
        model: "<name>:<version>" of the champion that would predict now.

    Raises:
        MissingSource: Where an input has no rows yet.
    """
    inputs = current_inputs(domain, product, lake)
    last = lake.current(domain.full_name(product))
    if last is None:
        return Plan(None, inputs, "first snapshot")
    if forced is None:
        return Plan(None, inputs, "asked for")
    if last.properties.get("code_version") != code_version:
        return Plan(None, inputs, "its code changed")
    if last.properties.get("contract_version") != product.version:
        return Plan(None, inputs, "its contract changed")
    if last.properties.get("model", "") != model:
        return Plan(None, inputs, "its model changed")
    return _since(domain, product, lake, last, inputs, forced)


def current_inputs(domain: Domain, product: DataProduct, lake: "Lake") -> dict[str, int]:
    """The snapshots of a product's inputs that are current now.

    Raises:
        MissingSource: Where an input has no rows yet.
    """
    found = {table: lake.current(table) for table in bound_tables(domain, product, lake).values()}
    empty = [table for table, snapshot in found.items() if snapshot is None or snapshot.rows == 0]
    missing = [spoken(table) for table in empty if table not in optional_tables(domain)]
    if missing:
        raise MissingSource(f"{domain.full_name(product)} lacks {', '.join(missing)}")
    return {table: snapshot.snapshot_id for table, snapshot in found.items() if snapshot is not None}


def spoken(table: str) -> str:
    """Name an input table for people: a source by its folder, a product by its name."""
    schema, name = table.split(".")
    return f"source {schema.removesuffix(RAW)}/{name}" if schema.endswith(RAW) else f"product {table}"


def _since(
    domain: Domain,
    product: DataProduct,
    lake: "Lake",
    last: "Snapshot",
    inputs: dict[str, int],
    forced: Days,
) -> Plan:
    changed: set[date] = set()
    before = last.inputs
    for table, now in inputs.items():
        if before.get(table) == now:
            continue
        days = lake.changed_days(table, before[table]) if table in before else None
        if days is None:
            return Plan(None, inputs, f"{table} was replaced")
        changed |= days
    partition = shape_of(product.contract).partition
    if partition is None:
        return Plan(
            None if changed or forced else frozenset(), inputs, "its inputs changed" if changed else "asked for"
        )
    newest = max((day for table in inputs for day in _newest(lake, table)), default=None)
    touched = partitions_of(changed, product, partition, newest)
    asked = frozenset(monday(day) for day in forced) if partition == "week" else forced
    return Plan(touched | asked, inputs, f"{len(changed)} days of its inputs changed" if changed else "asked for")


def _newest(lake: "Lake", table: str) -> list[date]:
    return [file.day for file in lake.files(table) if file.day is not None]
