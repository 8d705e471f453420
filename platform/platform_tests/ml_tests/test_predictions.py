"""Predictions say what made them, and can be explained later."""

from __future__ import annotations

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.errors import NoChampion, UnknownName, UserError
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.ml import Making
from mesh_platform.ml.explain import PredictionId, explain
from mesh_platform.ml.predict import predict, require_champion
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.train import train
from mesh_platform.settings import Settings

from .shop import NOW, TABLE, Purchase, Purchases, publish, visits

PRODUCT = "shop.purchases"


def published(lake: Lake, registry: Registry, settings: Settings) -> pl.DataFrame:
    tables = publish(lake, visits())
    champion = train(Purchase(), tables, registry, NOW, "code-1").version
    rows = predict(Purchase(), Purchases, registry, champion, Making(tables, None, NOW, settings))
    shape = shape_of(Purchases)
    made = Made("run", "code-1", "1.0.0", tables.snapshots, "purchase:1")
    ordered = rows.select(shape.names)
    lake.publish(PRODUCT, TableLayout.of(shape), lambda: [ordered], replace=WholeTable(), made=made, audit=None)
    return ordered


def test_every_row_names_its_version_and_its_features_snapshot(
    lake: Lake, registry: Registry, settings: Settings
) -> None:
    rows = published(lake, registry, settings)
    snapshot = lake.current(TABLE)
    assert snapshot is not None
    assert rows.row(0, named=True) | {"chance": 0} == {
        "prediction_id": "purchase:1:V00000",
        "model_version": 1,
        "feature_snapshot": snapshot.snapshot_id,
        "predicted_from": NOW,
        "visit": "V00000",
        "chance": 0,
    }
    assert rows["prediction_id"].n_unique() == rows.height


def test_an_explanation_uses_the_features_of_then(lake: Lake, registry: Registry, settings: Settings) -> None:
    published(lake, registry, settings)
    then = visits()["minutes"][0]
    publish(lake, visits().with_columns(minutes=pl.lit(1.0)), "later")
    found = explain(PredictionId.parse("purchase:1:V00000"), PRODUCT, Purchases, Purchase(), lake, registry)
    assert found.explanation.features == {"minutes": then}
    assert found.version.version == 1
    assert found.row["visit"] == "V00000"


def test_a_prediction_that_was_replaced_is_found_in_an_older_snapshot(
    lake: Lake, registry: Registry, settings: Settings
) -> None:
    rows = published(lake, registry, settings)
    later = rows.with_columns(model_version=pl.lit(2, pl.Int64))
    layout = TableLayout.of(shape_of(Purchases))
    made = Made("later", "code-1", "1.0.0", {})
    lake.publish(PRODUCT, layout, lambda: [later], replace=WholeTable(), made=made, audit=None)
    found = explain(PredictionId.parse("purchase:1:V00001"), PRODUCT, Purchases, Purchase(), lake, registry)
    assert found.row["model_version"] == 1
    assert found.snapshot == lake.history(PRODUCT)[1].snapshot_id


def test_an_unknown_prediction_says_where_ids_are(lake: Lake, registry: Registry, settings: Settings) -> None:
    published(lake, registry, settings)
    with pytest.raises(UnknownName, match=r"shop\.purchases holds no prediction of version 1 for V9"):
        explain(PredictionId.parse("purchase:1:V9"), PRODUCT, Purchases, Purchase(), lake, registry)


@pytest.mark.parametrize("text", ["", "fraud", "fraud:x:O1", "fraud:3:", ":3:O1"])
def test_what_is_no_prediction_id_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no prediction id"):
        PredictionId.parse(text)


def test_without_a_champion_nothing_is_predicted(registry: Registry) -> None:
    with pytest.raises(NoChampion, match="model 'purchase' has no champion; `mesh train purchase` trains one"):
        require_champion(Purchase(), registry)
