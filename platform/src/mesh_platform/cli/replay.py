"""`mesh replay`: compute live predictions once more from what was logged, and compare to the bit."""

from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, print_json
from mesh_platform.errors import MeshFailure, UnknownName, UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.ml.deploy.replay import Line, Replayed
    from mesh_platform.serve.models.live import LiveProduct


def replay(
    prediction: Annotated[str | None, typer.Argument(help="A prediction's id, as its answer names it.")] = None,
    *,
    last: Annotated[int | None, typer.Option(help="So many of the newest predictions instead.", min=1)] = None,
    model: Annotated[str | None, typer.Option(help="With --last: of which model.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute live predictions once more, with the version, tables and inputs of then; any other bit is an error.

    Example: mesh replay fraud:3:019a2b3c4d5e7f8091a2b3c4d5e6f708

    Example: mesh replay --last 1000 --model fraud
    """
    from mesh_platform.lake import Lake
    from mesh_platform.ml.deploy.replay import replay as compute
    from mesh_platform.pipeline.models import registry_of

    if (prediction is None) == (last is None):
        raise UserError("name a prediction, or ask for --last <number> --model <model> (rule: one of both)")
    if last is not None and model is None:
        raise UserError("--last needs --model <model>: which model's newest predictions")
    settings = Settings.load()
    lake = Lake.open(settings)
    product = _product(model or str(prediction).partition(":")[0])
    lines = _lines(settings, lake, product, prediction, last)
    found = compute(lines, product.live, lake, registry_of(settings), product.trusted, settings.memory_mb)
    _tell(product.name, found, as_json=as_json)


def _lines(
    settings: Settings, lake: "Lake", product: "LiveProduct", prediction: str | None, last: int | None
) -> "list[Line]":
    from mesh_platform.ml.deploy.replay import find, newest

    if prediction is not None:
        return [find(settings, lake, product.domain, prediction)]
    found = newest(settings, lake, product.domain, product.name, last or 0)
    if not found:
        raise UnknownName(f"model '{product.name}' has no logged prediction; `mesh serve` logs each one that it gives")
    return found


def _product(model: str) -> "LiveProduct":
    from mesh_platform.serve.models.live import installed

    known = installed()
    if model not in known:
        raise UnknownName.of("live model", model, list(known))
    return known[model]


def _tell(model: str, found: "list[Replayed]", *, as_json: bool) -> None:
    different = [one for one in found if not one.same]
    if as_json:
        shown = [{"prediction": o.prediction_id, "logged": o.logged, "now": o.now} for o in different]
        print_json({"model": model, "replayed": len(found), "same": not different, "different": shown})
    elif not different:
        typer.echo(f"{model}: {len(found):,} of {len(found):,} predictions came out equal to the bit")
    else:
        for one in different[:10]:
            typer.echo(f"{one.prediction_id}\n  logged: {one.logged}\n  now:    {one.now}")
    if different:
        raise MeshFailure(f"{model}: {len(different):,} of {len(found):,} predictions came out different")
