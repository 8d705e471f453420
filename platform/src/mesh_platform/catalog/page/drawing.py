"""A lineage as a picture: boxes with their places and lines with their paths, which a template writes as SVG."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mesh_platform.catalog.page.layout import Drawn, lay_out
from mesh_platform.catalog.page.lineage import Column, Part

BOX_WIDTH, HEAD, ROW = 244.0, 46.0, 24.0
"""The width of a box, the height of its two lines of text, and that of each column under them."""
_GAP, _BEND, _BETWEEN, _MARGIN = 18.0, 6.0, 76.0, 16.0
"""The room between boxes above each other, of an edge that passes, between layers, and around."""
_TITLE_LETTERS, _ROW_LETTERS = 31, 32
"""What fits into a box; the whole name is in its label."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a box says.

    Args:
        title: Its first line.
        subtitle: Its second line.
        address: Where it leads.
        colour: The number of its colour.
    """

    title: str
    subtitle: str
    address: str
    colour: int


@dataclass(frozen=True, slots=True)
class Row:
    """A column in a box.

    Args:
        id: What lines name it by.
        name: The column.
        shown: As much of the name as fits.
        address: Where it leads.
        y: The y of its upper edge.
        focus: True where the question starts here.
    """

    id: str
    name: str
    shown: str
    address: str
    y: float
    focus: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the picture.

    Args:
        id: What lines name it by.
        label: What it says.
        title: As much of its title as fits.
        x: Its left edge.
        y: Its upper edge.
        height: Its height.
        rows: Its columns.
        focus: True where the question starts here.
    """

    id: str
    label: Label
    title: str
    x: float
    y: float
    height: float
    rows: tuple[Row, ...]
    focus: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An edge of the picture.

    Args:
        origin: The id of the box or row where it starts.
        result: The id of that where it ends.
        path: Its path in SVG's words.
        presumed: True where it is possible and not certain.
    """

    origin: str
    result: str
    path: str
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture, boxes from left to right and from top to bottom."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw_tables(part: Part[str], label_of: Callable[[str], Label]) -> Picture:
    """Draw a lineage of tables, models and collapsed domains."""
    drawn = lay_out(dict.fromkeys(part.steps, HEAD), part.edges, _GAP, _BEND)
    middles = {node: drawn.tops[node] + HEAD / 2 for node in part.steps}
    ids = {node: f"n{number}" for number, node in enumerate(part.steps)}
    boxes = [
        _box(ids[node], label_of(node), layer, drawn.tops[node], HEAD, (), focus=node in part.focus)
        for layer, nodes in enumerate(drawn.layers)
        for node in nodes
    ]
    at = drawn.layer_of()
    lines = [
        Line(ids[o], ids[r], _path(at[o], middles[o], at[r], middles[r], route))
        for (o, r), route in zip(part.edges, drawn.routes, strict=True)
    ]
    return _picture(drawn, boxes, lines)


def draw_columns(
    part: Part[Column],
    label_of: Callable[[str], Label],
    address_of: Callable[[Column], str],
    presumed: Collection[tuple[Column, Column]] = frozenset(),
) -> Picture:
    """Draw a lineage of columns: a box a table, a row a column; a collapsed domain is a table with the column ""."""
    columns: dict[str, list[str]] = defaultdict(list)
    for table, column in part.steps:
        columns[table].append(column)
    heights = {table: HEAD + ROW * len(rows) + 6 if any(rows) else HEAD for table, rows in columns.items()}
    between = list(dict.fromkeys((o[0], r[0]) for o, r in part.edges if o[0] != r[0]))
    drawn = lay_out(heights, between, _GAP, _BEND)
    routes = dict(zip(between, drawn.routes, strict=True))
    ids = {node: f"n{number}" for number, node in enumerate(part.steps)}
    middles = {
        (table, column): drawn.tops[table] + (HEAD + ROW * (number + 0.5) if column else HEAD / 2)
        for table, names in columns.items()
        for number, column in enumerate(sorted(names))
    }

    def rows(table: str) -> tuple[Row, ...]:
        return tuple(_row(ids, (table, c), middles, address_of, part.focus) for c in sorted(columns[table]) if c)

    boxes = [
        _box(
            f"t{ids[table, columns[table][0]]}", label_of(table), layer, drawn.tops[table], heights[table], rows(table)
        )
        for layer, tables in enumerate(drawn.layers)
        for table in tables
    ]
    at = drawn.layer_of()
    lines = [
        Line(
            ids[origin],
            ids[result],
            _path(at[t], middles[origin], at[u], middles[result], routes.get((t, u), ())),
            (origin, result) in presumed,
        )
        for origin, result in part.edges
        for t, u in [(origin[0], result[0])]
    ]
    return _picture(drawn, boxes, lines)


def _box(
    name: str, label: Label, layer: int, top: float, height: float, rows: tuple[Row, ...], *, focus: bool = False
) -> Box:
    title = _fitting(label.title, _TITLE_LETTERS)
    return Box(name, label, title, _left(layer), round(top + _MARGIN, 1), height, rows, focus)


def _row(
    ids: Mapping[Column, str],
    node: Column,
    middles: Mapping[Column, float],
    address_of: Callable[[Column], str],
    focus: Sequence[Column],
) -> Row:
    y = round(middles[node] - ROW / 2 + _MARGIN, 1)
    return Row(ids[node], node[1], _fitting(node[1], _ROW_LETTERS), address_of(node), y, node in focus)


def _picture(drawn: Drawn[str], boxes: Sequence[Box], lines: Sequence[Line]) -> Picture:
    width = _left(max(len(drawn.layers) - 1, 0)) + BOX_WIDTH + _MARGIN
    return Picture(round(width), round(drawn.height + 2 * _MARGIN), tuple(boxes), tuple(lines))


def _left(layer: int) -> float:
    return _MARGIN + layer * (BOX_WIDTH + _BETWEEN)


def _path(layer: int, y: float, end_layer: int, end_y: float, route: Sequence[tuple[int, float]]) -> str:
    """Write a line's path: curves between layers, straight where it passes one."""
    forth = layer < end_layer
    leave, enter = (BOX_WIDTH, 0.0) if forth else (0.0, BOX_WIDTH)
    if layer == end_layer:  # two columns of one table: out at the right edge and back in there
        enter = leave = BOX_WIDTH
    x, end_x = _left(layer) + leave, _left(end_layer) + enter
    points = [(x, y)]
    for passed, middle in route:
        points += [(_left(passed) + enter, middle), (_left(passed) + leave, middle)]
    points.append((end_x, end_y))
    said = [f"M{points[0][0]:.0f} {points[0][1] + _MARGIN:.1f}"]
    for number in range(1, len(points)):
        (x0, y0), (x1, y1) = points[number - 1], points[number]
        if number % 2:
            reach = (x1 - x0) / 2 if layer != end_layer else _BETWEEN / 2
            turn = x1 - reach if layer != end_layer else x1 + reach
            said.append(
                f"C{x0 + reach:.0f} {y0 + _MARGIN:.1f} {turn:.0f} {y1 + _MARGIN:.1f} {x1:.0f} {y1 + _MARGIN:.1f}"
            )
        else:
            said.append(f"H{x1:.0f}")
    return "".join(said)


def _fitting(text: str, letters: int) -> str:
    """As much of a text as fits, its end kept: names that begin alike differ there."""
    if len(text) <= letters:
        return text
    kept = letters - 1
    return text[: kept // 2] + "…" + text[-(kept - kept // 2) :]
