"""How the columns of a product made in Python come about: as the domain declares it, or from anything at hand.

A column that no declaration names is handed on from the columns of its own name; where there are none, it is computed
from the columns of the declaration "*", or else from any that the code can read: too many, and never too few.
"""

from collections.abc import Iterable, Mapping

from mesh_platform.contract import Shape, shape_of
from mesh_platform.contract.export.derivation import Derivation, Derivations
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct, Domain

AtHand = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Table → column → the mesh's columns that it stands for: itself, and for a mart's column those that SQL made it of."""
OTHERS = "*"
"""In a declaration: every column of a table, or every column of the product that is not named."""
MARTS = "marts."
"""What the name of a mart begins with, for programs and declarations."""
STAMPS = ("feature_snapshot", "predicted_from")
"""Columns of `ml.prediction.Prediction` that are no prediction."""
MODEL = "model"
"""In a declaration: what the product's model predicts."""


def in_python(domain: Domain, product: DataProduct, mart: Mapping[str, Iterable[str]]) -> Derivations:
    """Tell how each column of a product comes about that a program or a model makes.

    Args:
        domain: The product's domain.
        product: The product.
        mart: What the columns of the product's mart come from, if it has one.

    Raises:
        BadContract: Where it declares a column that it, or a table it reads, does not have.
    """
    hand, model = _at_hand(domain, product, mart), _model(domain, product)
    shape = shape_of(product.contract)
    declared = _declared(domain.full_name(product), product, shape, hand, model)
    everything = _sorted(origin for columns in hand.values() for origins in columns.values() for origin in origins)
    rest = declared.pop(OTHERS, everything)
    logic = model or product.program
    left = Derivation((model,), "model", logic) if model else Derivation(rest, "program", logic)
    exact = (
        _carried(shape, hand)
        | _stamped(product, logic)
        | {name: Derivation(origins, "declared", logic) for name, origins in declared.items()}
    )
    columns = {name: exact.get(name, left) for name in shape.names}
    return Derivations(columns | _spelling_keys(shape, columns), {model: rest} if model else {})


def _model(domain: Domain, product: DataProduct) -> str:
    from mesh_platform.pipeline.models import recipe_of

    return f"{domain.name}.models.{recipe_of(product).name}" if product.recipe else ""


def _at_hand(domain: Domain, product: DataProduct, mart: Mapping[str, Iterable[str]]) -> AtHand:
    from mesh_platform.transform.inputs import raw_schema

    hand: dict[str, dict[str, tuple[str, ...]]] = {}
    for port in product.inputs:
        hand.setdefault(port.product, {}).update({c: (f"{port.product}.{c}",) for c in port.columns})
    for source in map(domain.source, product.sources):
        table = f"{domain.name}_raw.{source.name}"
        hand[table] = {column: (f"{table}.{column}",) for column in raw_schema(source)}
    if product.mart:
        hand[MARTS + product.mart] = {column: tuple(origins) for column, origins in mart.items()}
    return hand


def _declared(name: str, product: DataProduct, shape: Shape, hand: AtHand, model: str) -> dict[str, tuple[str, ...]]:
    for column in product.origins:
        if column != OTHERS and column not in shape.names:
            raise BadContract(
                f"{name}: origins are declared of '{column}', which it does not have "
                f"(rule: a column of its contract, or '{OTHERS}'); its columns are {', '.join(shape.names)}"
            )
    return {
        column: _sorted(found for origin in origins for found in _resolved(f"{name}.{column}", origin, hand, model))
        for column, origins in product.origins.items()
    }


def _resolved(column: str, origin: str, hand: AtHand, model: str) -> Iterable[str]:
    if origin == MODEL and model:
        return (model,)
    table, _, wanted = origin.rpartition(".")
    known = hand.get(table, {})
    if not known or wanted not in {OTHERS, *known}:
        there = f"{table} has {', '.join(known)}" if known else f"it reads {', '.join(hand)}"
        raise BadContract(
            f"{column}: declared to come from '{origin}' (rule: a column of an input port, of an own source as "
            f"'<domain>_raw.<source>.<column>' or of its mart as 'marts.<mart>.<column>'); {there}"
        )
    return [far for name, origins in known.items() if wanted in (OTHERS, name) for far in origins]


def _carried(shape: Shape, hand: AtHand) -> dict[str, Derivation]:
    """The columns that are at hand under their own name; a mart's are taken before those that it was made from."""
    made = {name for table, columns in hand.items() if table.startswith(MARTS) for name in columns}
    tables = [(columns, table.startswith(MARTS)) for table, columns in hand.items()]
    found = {
        name: _sorted(o for columns, is_mart in tables if is_mart or name not in made for o in columns.get(name, ()))
        for name in shape.names
    }
    return {name: Derivation(origins, "carried") for name, origins in found.items() if origins}


def _stamped(product: DataProduct, logic: str) -> dict[str, Derivation]:
    """Columns of every prediction that say when it was made and of which snapshot: no column goes into them."""
    return {name: Derivation((), "declared", logic) for name in STAMPS} if product.recipe else {}


def _spelling_keys(shape: Shape, columns: Mapping[str, Derivation]) -> dict[str, Derivation]:
    """Columns that spell out the row's key also come from what the key comes from."""
    keys = {origin for name in shape.key for origin in columns[name].origins}
    return {
        column.name: Derivation(_sorted({*found.origins, *keys}), found.basis, found.logic)
        for column in shape.columns
        if column.meaning.holds_key and (found := columns[column.name])
    }


def _sorted(origins: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(origins)))
