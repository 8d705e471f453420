"""`mesh models`, `mesh promote` and `mesh demote`: the versions of the models, and which of them predicts."""

from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.ml.registry import Registry
    from mesh_platform.ml.versions import ModelVersion

Model = Annotated[str, typer.Argument(help="The model's name, such as fraud.")]
Version = Annotated[int, typer.Argument(help="A version's number from `mesh models`.", min=1)]


def models(
    model: Annotated[str | None, typer.Argument(help="One model only.")] = None,
    *,
    card: Annotated[bool, typer.Option("--card", help="Print the model card of its champion.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the models' versions: metrics, what they learnt from, the gate's verdict, and which one predicts.

    Example: mesh models

    Example: mesh models fraud --card
    """
    from mesh_platform.ml.erasures import marks

    registry = _registry()
    known = registry.models() if registry else []
    if model and model not in known:
        raise UnknownName.of("trained model", model, known)
    if card:
        typer.echo(_card(registry, model))
        return
    versions = [v for name in known if model in {None, name} for v in registry.versions(name)] if registry else []
    if registry is None or not versions:
        typer.echo("[]" if as_json else "no model was trained yet; `mesh run` trains each one that has enough history")
    elif as_json:
        print_json([describe(v) | {"erasures": list(marks(registry, v))} for v in versions])
    else:
        print_table([_row(v, marks(registry, v)) for v in versions], right=frozenset({"version"}))
        typer.echo("next: mesh models <model> --card · mesh train <model> · mesh reproduce <model> <version>")


def promote(model: Model, version: Version) -> None:
    """Let a version predict that has passed the gate. The next run predicts with it.

    Example: mesh promote fraud 3
    """
    registry = _required()
    before = registry.champion(model)
    now = registry.promote(model, version)
    typer.echo(f"{model}: version {now.version} predicts from the next run on")
    if before and before.version != now.version:
        typer.echo(f"undo: mesh demote {model}")


def demote(model: Model) -> None:
    """Go back to the previous champion in one step. The next run predicts with it.

    Example: mesh demote fraud
    """
    now, was = _required().demote(model)
    typer.echo(f"{model}: version {now.version} predicts again, instead of version {was.version}")
    typer.echo(f"undo: mesh promote {model} {was.version}")


def describe(version: "ModelVersion") -> dict[str, object]:
    """A version for machines."""
    return {
        "model": version.model,
        "version": version.version,
        "aliases": list(version.aliases),
        "as_of": version.as_of,
        "trained_at": version.trained_at,
        "passed": version.passed,
        "verdict": version.verdict,
        "metrics": dict(version.metrics),
        "snapshots": dict(version.snapshots),
        "code_version": version.code_version,
        "environment": dict(version.environment),
    }


def _row(version: "ModelVersion", erasures: tuple[str, ...]) -> dict[str, object]:
    return {
        "model": version.model,
        "version": version.version,
        "part": ", ".join(version.aliases),
        "as of": version.as_of.strftime("%Y-%m-%d"),
        "trained": version.trained_at.strftime("%Y-%m-%d %H:%M"),
        "gate": ("passed: " if version.passed else "refused: ") + version.verdict,
        "persons erased since": ", ".join(erasures),
    }


def _card(registry: "Registry | None", model: str | None) -> str:
    from mesh_platform.ml.train import CARD_FILE

    champion = registry.champion(model) if registry and model else None
    if registry is None or champion is None:
        raise UserError("--card needs the name of a model that has a champion, such as: mesh models fraud --card")
    return registry.artifact(champion, CARD_FILE).read_text(encoding="utf-8")


def _registry() -> "Registry | None":
    from mesh_platform.pipeline.models import registry_of

    return registry_of(Settings.load())


def _required() -> "Registry":
    found = _registry()
    if found is None:
        raise UserError("no model was trained yet; `mesh train <model>` trains one")
    return found
