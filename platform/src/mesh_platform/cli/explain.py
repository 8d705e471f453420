"""`mesh explain`: why a prediction is what it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.ml.explain import Explained


def explain(
    prediction: Annotated[str, typer.Argument(help="A row's prediction_id: <model>:<version>:<key>.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a prediction's row, the features that the model saw, their snapshot, its version and its reasons.

    Example: mesh explain fraud:3:O000012345
    """
    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.ml.explain import PredictionId
    from mesh_platform.ml.explain import explain as find_reasons
    from mesh_platform.ml.registry import Registry
    from mesh_platform.pipeline.models import find_model, recipe_of

    wanted, settings = PredictionId.parse(prediction), Settings.load()
    domain, product = find_model(installed_domains(), wanted.model)
    name = domain.full_name(product)
    found = find_reasons(
        wanted, name, product.contract, recipe_of(product), Lake.open(settings), Registry.open(settings)
    )
    if as_json:
        print_json(_described(prediction, found))
    else:
        _tell(prediction, found)


def _described(prediction: str, found: "Explained") -> dict[str, object]:
    return {
        "prediction": prediction,
        "product": found.product,
        "product_snapshot": found.snapshot,
        "model": found.version.model,
        "model_version": found.version.version,
        "model_as_of": found.version.as_of,
        "feature_snapshot": found.row["feature_snapshot"],
        "row": dict(found.row),
        "features": dict(found.explanation.features),
        "reasons": [{"what": what, "contribution": weight} for what, weight in found.explanation.reasons],
        "unit": found.explanation.unit,
    }


def _tell(prediction: str, found: "Explained") -> None:
    typer.echo(
        f"{prediction}: {found.product}, snapshot {found.snapshot}, by {found.version.model} version "
        f"{found.version.version} (as of {found.version.as_of:%Y-%m-%d}), features of snapshot "
        f"{found.row['feature_snapshot']}"
    )
    print_table([{"column": name, "value": _text(value)} for name, value in found.row.items()])
    unit = f"contribution ({found.explanation.unit})"
    rows = [{"reason": what, unit: f"{weight:+.3f}"} for what, weight in found.explanation.reasons]
    print_table(rows, right=frozenset({unit}))
    print_table([{"feature": name, "value": _text(value)} for name, value in found.explanation.features.items()])


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "missing" if value is None else str(value)
