"""`mesh train` and `mesh reproduce`: make a model's next version, or prove that an old one can be made again."""

from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.models import Model, Version, describe
from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.cli.progress import spinner
from mesh_platform.cli.times import utc_time
from mesh_platform.errors import MeshFailure
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.ml.reproduce import Reproduced
    from mesh_platform.ml.train import Trained


def train(
    model: Model,
    *,
    as_of: Annotated[str | None, typer.Option(help="Learn only what was known then: 2026-05-01.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model's next version on what is published, and promote it where it passes the gate.

    It must beat every baseline on the hold-out, not lose to the champion beyond noise, and keep its promises of
    behaviour and fairness; else the champion stays.

    Example: mesh train fraud

    Example: mesh train churn --as-of 2026-10-01
    """
    import uuid

    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.orchestrate.home import prepare_home
    from mesh_platform.orchestrate.models import record_training
    from mesh_platform.pipeline.context import RunContext
    from mesh_platform.pipeline.models import find_model, train_model

    settings = Settings.load()
    time = utc_time("--as-of", as_of) if as_of else None
    domain, product = find_model(installed_domains(), model)
    prepare_home(settings)
    with spinner(f"training {model}", quiet=as_json) as step:
        context = RunContext(str(uuid.uuid4()), settings, Lake.open(settings), report=lambda _, what: step(what))
        done = train_model(domain, product, context, time)
    record_training(domain.name, done.version)
    if as_json:
        print_json(describe(done.version) | {"promoted": done.promoted})
    else:
        _tell(done)


def _tell(done: "Trained") -> None:
    version = done.version
    rows = [{"metric": name, "hold-out": f"{figure:.4g}"} for name, figure in version.metrics.items()]
    print_table(rows, right=frozenset({"hold-out"}))
    what = "promoted: it predicts from the next run on" if done.promoted else "not promoted, the champion stays"
    typer.echo(f"{version.model} version {version.version} {what}")
    typer.echo(f"gate: {version.verdict}")
    typer.echo(
        f"next: mesh run · mesh models {version.model} --card · mesh reproduce {version.model} {version.version}"
    )


def reproduce(model: Model, version: Version, *, as_json: AsJson = False) -> None:
    """Train a version again from its recorded snapshots, and compare every metric and every prediction.

    Example: mesh reproduce fraud 3
    """
    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.ml.registry import Registry
    from mesh_platform.ml.reproduce import reproduce as repeat
    from mesh_platform.pipeline.fingerprint import domain_code
    from mesh_platform.pipeline.models import find_model, recipe_of

    settings = Settings.load()
    domain, product = find_model(installed_domains(), model)
    registry = Registry.open(settings)
    wanted = registry.version(model, version)
    with spinner(f"training {model} version {version} again", quiet=as_json) as step:
        found = repeat(
            recipe_of(product),
            Lake.open(settings),
            registry,
            wanted,
            domain_code(domain),
            settings.memory_mb,
            step,
        )
    _compare(found, as_json=as_json)


def _compare(found: "Reproduced", *, as_json: bool) -> None:
    name = f"{found.version.model} version {found.version.version}"
    changed = f"; changed since: {', '.join(found.changed)}" if found.changed else ""
    if as_json:
        facts = {"predictions": found.rows, "different": found.different, "metrics": dict(found.metrics)}
        print_json({"same": found.same, **facts, "changed": list(found.changed)})
    elif found.same:
        typer.echo(f"{name}: all {found.rows:,} predictions and every metric are equal{changed}")
    if not found.same:
        raise MeshFailure(
            f"{name} came out different: {found.different:,} of {found.rows:,} predictions, "
            f"metrics {', '.join(found.metrics) or 'equal'}{changed or '; code and packages are the same'}"
        )
