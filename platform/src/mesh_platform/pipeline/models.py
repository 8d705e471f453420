"""The models behind products: which recipe, which champion, and training one."""

from __future__ import annotations

import importlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import BadContract, TooFewExamples, UnknownName, UserError
from mesh_platform.ml.recipe import Recipe
from mesh_platform.pipeline.fingerprint import domain_code
from mesh_platform.pipeline.lock import exclusive
from mesh_platform.pipeline.plan import bound_tables, current_inputs, input_tables, spoken
from mesh_platform.product import DataProduct, Domain

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml.registry import Registry
    from mesh_platform.ml.train import Trained
    from mesh_platform.ml.versions import ModelVersion
    from mesh_platform.pipeline.context import RunContext
    from mesh_platform.settings import Settings


def named(reference: str) -> Any:
    """Import what "module:NAME" names.

    Raises:
        BadContract: Where there is no such thing.
    """
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise BadContract(f"'{reference}' names nothing: {error} (rule: module:NAME)") from error


def recipe_of(product: DataProduct) -> Recipe:
    """The recipe of a model product.

    Raises:
        BadContract: Where the product names none.
    """
    recipe = named(product.recipe)
    if not isinstance(recipe, Recipe):
        raise BadContract(f"'{product.recipe}' is a {type(recipe).__name__} (rule: an instance of a Recipe)")
    return recipe


def model_products(domains: dict[str, Domain]) -> dict[str, tuple[Domain, DataProduct]]:
    """Every model by its name, with the domain and the product that it makes."""
    return {recipe_of(p).name: (d, p) for d in domains.values() for p in d.products if p.recipe}


def find_model(domains: dict[str, Domain], model: str) -> tuple[Domain, DataProduct]:
    """The domain and the product of a model.

    Raises:
        UnknownName: Where no installed domain has it.
    """
    known = model_products(domains)
    if model not in known:
        raise UnknownName.of("model", model, list(known))
    return known[model]


def champion_of(product: DataProduct, settings: Settings) -> ModelVersion | None:
    """The version that predicts for a product; None for a product without a recipe, or before a training passed."""
    from mesh_platform.ml.registry import Registry

    if not product.recipe or not Registry.exists(settings):
        return None
    return Registry.open(settings).champion(recipe_of(product).name)


def model_label(champion: ModelVersion | None) -> str:
    """Name a version as snapshots record it: "<model>:<version>"."""
    return f"{champion.model}:{champion.version}" if champion else ""


def train_model(domain: Domain, product: DataProduct, context: RunContext, as_of: datetime | None = None) -> Trained:
    """Train the next version of a product's model on what is published now, as known at a time.

    Args:
        domain: The product's domain.
        product: The model product.
        context: The run.
        as_of: What may be known; None for the end of the newest day.

    Raises:
        TooFewExamples: Where there is too little to learn from; the champion stays.
        UserError: Where the time is later than what is known.
    """
    from mesh_platform.ml.registry import Registry
    from mesh_platform.ml.train import train
    from mesh_platform.pipeline.recording import TrainingRun

    recipe = recipe_of(product)
    lock = context.settings.home / "locks" / f"model-{recipe.name}.lock"
    with TrainingRun(domain, product, context) as told:
        tables = _pinned(domain, product, recipe, context)
        told.reads(tables.snapshots)
        with exclusive(lock):
            done = train(
                recipe,
                tables,
                Registry.open(context.settings),
                _time_of(recipe, tables.known_until, as_of),
                domain_code(domain),
                lambda step: context.report(f"{domain.name}/model {recipe.name}", step),
            )
        told.ended(done)
    return done


def _pinned(domain: Domain, product: DataProduct, recipe: Recipe, context: RunContext) -> Pinned:
    """What a model learns from, as it is now."""
    from mesh_platform.lake import Pinned

    inputs = current_inputs(domain, product, context.lake)
    unknown = sorted(set(recipe.tables) - set(input_tables(domain, product)))
    if unknown:
        raise BadContract(
            f"model '{recipe.name}' learns from {', '.join(unknown)}, which {domain.full_name(product)} does not "
            "declare (rule: every table is a source or an input port of the product)"
        )
    bound = bound_tables(domain, product, context.lake)
    if older := [f"{table} as {bound[table]}" for table in recipe.tables if bound[table] != table]:
        raise BadContract(
            f"model '{recipe.name}' learns from {', '.join(older)} (rule: from the newest major version, which can be "
            "read again at the same snapshot); bind the input port to it and train again, the champion stays"
        )
    if empty := [spoken(table) for table in recipe.tables if table not in inputs]:
        raise TooFewExamples(
            f"model '{recipe.name}' learns from {', '.join(empty)} (rule: at least one row); wait for it"
        )
    pinned = {table: inputs[table] for table in recipe.tables}
    return Pinned(context.lake, pinned, memory_mb=context.settings.memory_mb)


def _time_of(recipe: Recipe, known_until: datetime, as_of: datetime | None) -> datetime:
    if as_of is None:
        return known_until
    if as_of > known_until:
        raise UserError(
            f"model '{recipe.name}' can't train as of {as_of:%Y-%m-%d %H:%M}: its tables are known until "
            f"{known_until:%Y-%m-%d %H:%M} (rule: not later); leave --as-of out"
        )
    return as_of


def registry_of(settings: Settings) -> Registry | None:
    """The registry, or None where nothing was ever trained."""
    from mesh_platform.ml.registry import Registry

    return Registry.open(settings) if Registry.exists(settings) else None
