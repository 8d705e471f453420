"""The lineage page: which part of the lineage is drawn, and how to ask for another one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from mesh_platform.catalog.page.drawing import Label, Picture, draw_columns, draw_tables
from mesh_platform.catalog.page.entity import Entity
from mesh_platform.catalog.page.lineage import Column, Direction, Node, Part, collapse, part_of
from mesh_platform.catalog.page.outline import Item, outline
from mesh_platform.catalog.page.site import Site
from mesh_platform.catalog.page.urns import entity_address, lineage_address, short_name

MOST_DRAWN = 250
"""As many boxes or columns as a person can still read; a lineage with more is drawn as far as whole steps fit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question to a lineage; each field is a part of the page's address.

    Args:
        urn: The entity.
        column: A column of it; "" for the lineage of tables.
        direction: To the origins, to the uses, or both.
        depth: The most steps; 0 for as many as can be read.
        collapsed: URNs of the domains that are drawn as one box each.
        details: True where the dbt models and the single features between tables and models are drawn, too.
    """

    urn: str
    column: str = ""
    direction: Direction = "both"
    depth: int = 0
    collapsed: frozenset[str] = frozenset()
    details: bool = False

    @property
    def address(self) -> str:
        """The page's address; the default is left out."""
        return lineage_address(
            self.urn,
            column=self.column,
            direction="" if self.direction == "both" else self.direction,
            depth=str(self.depth) if self.depth else "",
            collapse=",".join(sorted(map(short_name, self.collapsed))),
            details="1" if self.details else "",
        )

    def toggled(self, domain: str) -> "Asked":
        """The question with a domain collapsed, or expanded again."""
        return replace(self, collapsed=self.collapsed ^ {domain})


@dataclass(frozen=True, slots=True)
class Shown:
    """An item of the list beside the drawing: the words and address of a node, and what follows it."""

    text: str
    kind: str
    address: str
    again: bool
    below: "tuple[Shown, ...]"


@dataclass(frozen=True)
class LineagePage:
    """What the page shows.

    Args:
        asked: The question.
        picture: The drawing.
        origins: The same as nested lists, to the origins.
        uses: The same as nested lists, to the uses.
        depth: How many steps are drawn.
        more: True where the lineage goes on.
        nodes: How many tables or columns are drawn, those in collapsed domains counted.
        domains: Domain → how many of the nodes are its own.
    """

    asked: Asked
    picture: Picture
    origins: tuple[Shown, ...]
    uses: tuple[Shown, ...]
    depth: int
    more: bool
    nodes: int
    domains: tuple[tuple[Entity, int], ...]


def lineage_page(site: Site, entity: Entity, asked: Asked) -> LineagePage:
    """Answer a question to the lineage."""
    return _columns(site, entity, asked) if asked.column else _tables(site, entity, asked)


def focus_of(site: Site, entity: Entity) -> tuple[str, ...]:
    """The nodes of the lineage that an entity stands for: a product's tables, a domain's products'."""
    if entity.type == "domain":
        return tuple(table.urn for product in site.products(entity) for table in site.tables(product))
    if entity.type == "dataProduct":
        return tuple(table.urn for table in site.tables(entity))
    return (entity.urn,)


def _tables(site: Site, entity: Entity, asked: Asked) -> LineagePage:
    focus = focus_of(site, entity)
    with_details = asked.details or not site.lineage.details.isdisjoint(focus)
    edges = site.lineage.tables if with_details else site.lineage.products
    part = part_of(edges, focus, asked.direction, asked.depth or None, MOST_DRAWN)
    domains = {urn: _domain_urn(site, urn) for urn in part.steps}
    counts = Counter(domains.values())
    shown = collapse(part, lambda urn: domains[urn] if domains[urn] in asked.collapsed else urn)
    label = _labels(site, asked)

    def item(node: Item[str]) -> Shown:
        said = label(node.node)
        return Shown(said.title, said.subtitle, said.address, node.again, tuple(map(item, node.below)))

    return _page(site, asked, part, counts, draw_tables(shown, label), _lists(shown, item))


def _columns(site: Site, entity: Entity, asked: Asked) -> LineagePage:
    focus = tuple((table.urn, asked.column) for table in site.tables(entity))
    part = part_of(site.lineage.columns, focus, asked.direction, asked.depth or None, MOST_DRAWN)
    domains = {table: _domain_urn(site, table) for table, _ in part.steps}
    counts = Counter(domains[table] for table, _ in part.steps)

    def drawn(node: Column) -> Column:
        return (domains[node[0]], "") if domains[node[0]] in asked.collapsed and node not in focus else node

    shown = collapse(part, drawn)
    certain = {(drawn(o), drawn(r)) for o, r in part.edges if (o, r) not in site.lineage.presumed}
    presumed = set(shown.edges) - certain
    label = _labels(site, asked)

    def address(node: Column) -> str:
        return replace(asked, urn=node[0], column=node[1]).address

    def item(node: Item[Column]) -> Shown:
        table, column = node.node
        said = label(table)
        where = address(node.node) if column else said.address
        text = f"{said.title}.{column}" if column else said.title
        return Shown(text, said.subtitle, where, node.again, tuple(map(item, node.below)))

    return _page(site, asked, part, counts, draw_columns(shown, label, address, presumed), _lists(shown, item))


def _labels(site: Site, asked: Asked) -> Callable[[str], Label]:
    """Say what a box shows; one of a collapsed domain leads to the drawing with it expanded."""

    def label(urn: str) -> Label:
        if urn in asked.collapsed:
            colour = site.colour(site.metadata.get(urn))
            return Label(site.metadata.name(urn), "Domain, collapsed: expand it", asked.toggled(urn).address, colour)
        return _label(site, urn)

    return label


def _label(site: Site, urn: str) -> Label:
    entity = site.metadata.get(urn)
    if entity is None:
        return Label(short_name(urn), "not described", entity_address(urn), site.colour(None))
    domain = site.domain(entity)
    kind = "Data Product" if entity.type == "dataset" and site.product_of(entity) else site.kind(entity)
    subtitle = f"{kind} · {domain.name}" if domain else kind
    return Label(entity.name, subtitle, entity_address(urn), site.colour(domain))


def _domain_urn(site: Site, urn: str) -> str:
    entity = site.metadata.get(urn)
    domain = site.domain(entity) if entity else None
    return domain.urn if domain else ""


def _lists(part: Part[Node], item: Callable[[Item[Node]], Shown]) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """The origins and the uses as lists."""
    return tuple(map(item, outline(part, "up"))), tuple(map(item, outline(part, "down")))


def _page(
    site: Site,
    asked: Asked,
    part: Part[Node],
    counts: Counter[str],
    picture: Picture,
    lists: tuple[tuple[Shown, ...], tuple[Shown, ...]],
) -> LineagePage:
    domains = tuple((domain, counts[domain.urn]) for domain in site.domains if counts[domain.urn])
    return LineagePage(asked, picture, *lists, part.depth, part.more, len(part.steps), domains)
