"""Everything the pages are made of, read from one metadata file and kept until the file changes."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mesh_platform.catalog.page.entity import Entity
from mesh_platform.catalog.page.lineage import Lineage
from mesh_platform.catalog.page.metadata import Metadata, read_metadata
from mesh_platform.catalog.page.search import SearchIndex, entity_domain, tables_of

COLOURS = 8
"""How many colours tell domains apart in a drawing; more domains share them, and each box names its own."""
KINDS = {
    "dataProduct": "Data Product",
    "dataset": "Dataset",
    "mlModelGroup": "ML Model Group",
    "mlModel": "ML Model",
    "mlFeatureTable": "ML Feature Table",
    "mlFeature": "ML Feature",
    "mlPrimaryKey": "ML Primary Key",
    "domain": "Domain",
    "tag": "Tag",
    "assertion": "Assertion",
    "mlModelDeployment": "ML Model Deployment",
    "dataContract": "Data Contract",
    "dataFlow": "Data Flow",
    "dataJob": "Data Job",
    "dataProcessInstance": "Data Process Instance",
    "glossaryTerm": "Glossary Term",
    "glossaryNode": "Term Group",
    "corpGroup": "Group",
    "corpuser": "User",
    "schemaField": "Column",
    "structuredProperty": "Structured Property",
}
"""DataHub's words for types of entities, as its pages write them."""


@dataclass(frozen=True)
class Carrier:
    """A column that carries a tag or a term."""

    table: Entity
    column: str


class Site:
    """The metadata with its indexes.

    Args:
        metadata: The metadata.
    """

    def __init__(self, metadata: Metadata) -> None:
        self.metadata = metadata
        self.search = SearchIndex(metadata)
        self.lineage = Lineage(metadata)
        self.domains = metadata.of_type("domain")
        self._colours = {domain.urn: number % COLOURS for number, domain in enumerate(self.domains)}
        self._carriers: dict[str, list[Carrier]] = defaultdict(list)
        for table in metadata.of_type("dataset"):
            for column in table.fields:
                for urn in (*column.tags, *column.terms):
                    self._carriers[urn].append(Carrier(table, column.name))

    def kind(self, entity: Entity) -> str:
        """The type of an entity in words: its sub type where it has one, unless that is another type's name."""
        own = KINDS.get(entity.type, entity.type.capitalize())
        return own if entity.sub_type.title() in KINDS.values() else entity.sub_type or own

    def domain(self, entity: Entity) -> Entity | None:
        """The domain that an entity is shown under."""
        return self.metadata.get(entity_domain(self.metadata, entity))

    def colour(self, domain: Entity | None) -> int:
        """The number of a domain's colour; one past the last for none."""
        return self._colours.get(domain.urn, COLOURS) if domain else COLOURS

    def carriers(self, urn: str) -> list[Carrier]:
        """The columns that carry a tag or a term."""
        return self._carriers.get(urn, [])

    def products(self, domain: Entity) -> list[Entity]:
        """The data products of a domain."""
        return [p for p in self.metadata.of_type("dataProduct") if domain.urn in p.domains]

    def tables(self, entity: Entity) -> list[Entity]:
        """The datasets that an entity is made of: itself, or a data product's output ports."""
        return tables_of(self.metadata, entity)

    def product_of(self, table: Entity) -> Entity | None:
        """The data product that publishes a table."""
        return next(iter(self.metadata.referring(table.urn, "dataProduct")), None)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from looking for garbage among entities that all stay: a third of the start."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class CurrentSite:
    """The site of a file, read again when the file was written again.

    Args:
        path: The metadata file.
        changed: Told when the file was read again.
    """

    def __init__(self, path: Path, changed: Callable[[], None] = lambda: None) -> None:
        self.path, self._changed = path, changed
        self._reading = Lock()
        self._stamp: tuple[int, int] | None = None
        self._site: Site | None = None

    def get(self) -> Site:
        """The site as the file is now; where it vanished, as it was.

        Raises:
            BadFile: Where the file can't be understood.
        """
        with self._reading:
            stamp = self._stamped()
            if self._site is None or (stamp is not None and stamp != self._stamp):
                with _no_collection():
                    self._site, self._stamp = Site(read_metadata(self.path)), stamp
                self._changed()
            return self._site

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size
