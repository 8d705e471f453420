"""Who uses what: the consumers that registered themselves in contracts/consumers/, and the products that read products.

A registered consumer is a promise in both directions: it says what it relies on and until when, and a producer who
would break it is told its name and its owner before it happens. Reading is strict, since a misspelt column would
protect nobody. Whether what a consumer names exists is asked by `wrong_uses`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from mesh_platform.contract.export.names import CONSUMERS
from mesh_platform.contract.export.read import PublishedProduct, load
from mesh_platform.contract.policies import Condition, Limits, read_conditions, read_limits, wrong_policies
from mesh_platform.contract.strict import expect, is_address, is_list, is_number, only
from mesh_platform.errors import BadContract, UnknownName

KINDS: Final = ("application", "dashboard", "report", "notebook", "model", "service")
"""What a registered consumer can be."""
PRODUCT_KIND: Final = "product"
"""The kind of consumers that are not registered but known from their input ports."""
MODEL_KIND: Final = "model"
"""The kind of a model, which learns and predicts from the columns of its feature views."""
DEVELOPER: Final = "developer"
"""The consumer that the development key of one machine proves; nobody can register under its name."""
_REQUIRED: Final = ("name", "owner", "kind", "purpose", "uses")
_FIELDS: Final = (*_REQUIRED, "limits")
_USE_FIELDS: Final = (
    *("product", "major", "columns", "values", "freshness_hours", "expires"),
    *("purpose", "clear", "rows"),
)
_USE_REQUIRED: Final = ("product", "major", "columns", "expires")


@dataclass(frozen=True, slots=True)
class Use:
    """What a consumer relies on of one product.

    Args:
        product: The product's full name, such as "sales.orders".
        major: The major version.
        columns: The columns that are read.
        values: Column → the listed values that the consumer tells apart.
        freshness_hours: How old the newest row may be before the consumer is in trouble; None where it does not mind.
        expires: The last day of the use; it is renewed or ends.
        purpose: What this product is read for, where it is not the consumer's one purpose.
        clear: The columns whose personal data is needed unmasked; needs a purpose of its own.
        rows: Conditions that every row fulfils which the consumer gets.
    """

    product: str
    major: int
    columns: tuple[str, ...]
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    freshness_hours: float | None = None
    expires: date = date.max
    purpose: str = ""
    clear: tuple[str, ...] = ()
    rows: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who uses products.

    Args:
        name: The consumer; of a product that reads others, its full name.
        owner: The e-mail address of who answers for it.
        kind: What it is, one of KINDS or PRODUCT_KIND.
        purpose: What it is for.
        uses: What it relies on.
        limits: How much it may ask the APIs for.
    """

    name: str
    owner: str
    kind: str
    purpose: str
    uses: tuple[Use, ...]
    limits: Limits = field(default_factory=Limits)


def consumers(root: Path) -> list[Consumer]:
    """Read the registered consumers, by name.

    Args:
        root: The folder of published documents, usually `contracts/`.

    Raises:
        BadContract: Where a file can't be read, lacks a field, has one too many, or repeats a name.
    """
    found: dict[str, Path] = {}
    read = []
    for path in sorted((root / CONSUMERS).glob("*.y*ml")):
        consumer = _consumer(path, load(path, remedy="see contracts/consumers/ for examples"))
        if consumer.name in found:
            raise BadContract(
                f"{path}: consumer '{consumer.name}' is registered in {found[consumer.name].name} already "
                "(rule: one file a consumer, named like it); merge the two"
            )
        if consumer.name != path.stem:
            raise BadContract(
                f"{path}: holds consumer '{consumer.name}' (rule: one file a consumer, named like it); "
                f"rename the file to {consumer.name}.yaml"
            )
        found[consumer.name] = path
        read.append(consumer)
    return sorted(read, key=lambda c: c.name)


def reading_products(products: Iterable[PublishedProduct]) -> list[Consumer]:
    """Derive the consumers that are products themselves: each input port is a use that never expires."""
    return [
        Consumer(
            name=product.full_name,
            owner=product.owner.email,
            kind=PRODUCT_KIND,
            purpose="; ".join(dict.fromkeys(port.purpose for port in product.inputs)),
            uses=tuple(Use(port.product, port.major, port.columns, purpose=port.purpose) for port in product.inputs),
        )
        for product in products
        if product.inputs
    ]


def reading_models(
    models: Mapping[str, Iterable[str]], owner: str, majors: Mapping[str, int] | None = None
) -> list[Consumer]:
    """Derive the consumers that are models: their features are uses that never expire.

    Args:
        models: Model, such as "sales.models.fraud" → the columns that it learns and predicts from.
        owner: The e-mail address of the domain that trains them.
        majors: Product → the major version that its input port binds to; 1 where there is none.
    """
    found = []
    for name, features in sorted(models.items()):
        tables: dict[str, list[str]] = {}
        for feature in features:
            table, _, column = feature.rpartition(".")
            tables.setdefault(table, []).append(column)
        uses = tuple(Use(table, (majors or {}).get(table, 1), tuple(tables[table])) for table in sorted(tables))
        found.append(Consumer(name, owner, MODEL_KIND, "learns and predicts from it", uses))
    return found


def wrong_uses(consumer: Consumer, products: Iterable[PublishedProduct], today: date) -> list[str]:
    """Say what a consumer relies on that is not published, or not any more.

    Args:
        consumer: The consumer.
        products: All published products.
        today: The day on which uses expire.

    Returns:
        One line a mistake: the thing, the value, the rule or what exists, and the remedy.
    """
    published = {(p.full_name, p.major): p for p in products}
    return [f"consumer '{consumer.name}': {wrong}" for use in consumer.uses for wrong in _wrong(use, published, today)]


def _wrong(use: Use, published: Mapping[tuple[str, int], PublishedProduct], today: date) -> list[str]:
    if use.product not in {name for name, _ in published}:
        return [str(UnknownName.of("product", use.product, sorted({name for name, _ in published})))]
    if (use.product, use.major) not in published:
        majors = ", ".join(f"v{major}" for name, major in sorted(published) if name == use.product)
        return [f"{use.product} has no v{use.major}; there are: {majors}"]
    product = published[use.product, use.major]
    known = {column.name: column for column in product.columns}
    wrong = [
        f"{use.product} v{use.major}: {UnknownName.of('column', column, list(known))}"
        for column in use.columns
        if column not in known
    ]
    for column, values in use.values.items():
        if column not in use.columns:
            wrong.append(f"{use.product}: values of '{column}', which is not among its columns; add it there")
        elif column in known:
            wrong += _wrong_values(f"{use.product}.{column}", values, known[column].values)
    wrong += wrong_policies(product, use.columns, use.clear, use.rows)
    promised = product.service_level.freshness.total_seconds() / 3600
    if use.freshness_hours is not None and use.freshness_hours < promised:
        wrong.append(
            f"{use.product} promises rows at most {promised:g} hours old, freshness_hours is {use.freshness_hours:g} "
            "(rule: not less than promised); ask its owner for a better service level, or raise it"
        )
    if use.expires < today:
        wrong.append(f"its use of {use.product} expired on {use.expires} (rule: renewed or gone); renew or delete it")
    return wrong


def _wrong_values(column: str, relied_on: tuple[Any, ...], listed: tuple[Any, ...]) -> list[str]:
    if not listed:
        return [f"{column} lists no values to rely on; leave its values out"]
    return [
        str(UnknownName.of(f"value of {column}", str(value), [str(v) for v in listed]))
        for value in relied_on
        if value not in listed
    ]


def _consumer(path: Path, said: Mapping[str, Any]) -> Consumer:
    only(path, said, _FIELDS, _REQUIRED)
    for name in _REQUIRED[:-1]:
        expect(path, name, said[name], isinstance(said[name], str) and bool(said[name].strip()), "a text")
    expect(path, "name", said["name"], said["name"] != DEVELOPER, "any other name; this one is the development key's")
    expect(path, "owner", said["owner"], is_address(said["owner"]), "an e-mail address")
    expect(path, "kind", said["kind"], said["kind"] in KINDS, f"one of {', '.join(KINDS)}")
    uses = said["uses"]
    expect(path, "uses", uses, isinstance(uses, list) and bool(uses), "a list of at least one use")
    read = tuple(_use(path, f"uses[{number}]", use) for number, use in enumerate(uses))
    bound = [(use.product, use.major) for use in read]
    for use in read:
        twice = bound.count((use.product, use.major)) > 1
        expect(path, "uses", f"{use.product} v{use.major} twice", not twice, "one use a product and major version")
    limits = read_limits(path, said.get("limits"))
    return Consumer(said["name"], said["owner"], said["kind"], " ".join(said["purpose"].split()), read, limits)


def _use(path: Path, place: str, said: object) -> Use:
    if not isinstance(said, dict):
        raise BadContract(f"{path}: {place} is {said!r} (rule: fields {', '.join(_USE_FIELDS)}); write them")
    only(path, said, _USE_FIELDS, _USE_REQUIRED, place)
    product, major, columns, expires = (said[name] for name in _USE_REQUIRED)
    values, freshness = said.get("values", {}), said.get("freshness_hours")
    is_name = isinstance(product, str) and product.count(".") == 1 and all(product.split("."))
    expect(path, f"{place}.product", product, is_name, "<domain>.<product>")
    expect(path, f"{place}.major", major, is_number(major) and isinstance(major, int) and major > 0, "1, 2, …")
    expect(path, f"{place}.columns", columns, is_list(columns, str), "a list of columns, each once")
    expect(path, f"{place}.expires", expires, type(expires) is date, "a day such as 2027-06-30")
    is_values = isinstance(values, dict) and all(is_list(listed, object) for listed in values.values())
    expect(path, f"{place}.values", values, is_values, "column: list of values, each once")
    is_hours = freshness is None or (is_number(freshness) and freshness > 0)
    expect(path, f"{place}.freshness_hours", freshness, is_hours, "hours above 0")
    listed = {str(column): tuple(those) for column, those in values.items()}
    purpose, clear = _clear(path, place, said)
    rows = read_conditions(path, place, said.get("rows"))
    return Use(product, major, tuple(columns), listed, freshness, expires, purpose, clear, rows)


def _clear(path: Path, place: str, said: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Read the columns in clear, and the purpose without which there are none."""
    purpose, clear = said.get("purpose"), said.get("clear")
    is_text = isinstance(purpose, str) and bool(purpose.strip())
    expect(path, f"{place}.purpose", purpose, purpose is None or is_text, "a text")
    expect(path, f"{place}.clear", clear, clear is None or is_list(clear, str), "a list of columns, each once")
    if clear and not purpose:
        raise BadContract(
            f"{path}: {place}.purpose is missing (rule: personal data in clear needs one); say what it is needed for"
        )
    return " ".join((purpose or "").split()), tuple(clear or ())
