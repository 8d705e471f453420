"""Models in one small simulated world, as a person trains, reads, repeats, promotes and demotes them."""

from typing import Any

import pytest

from tests.conftest import Mesh

WORLD = ("--days", "88", "--scale", "0.05", "--seed", "11", "--start", "2026-03-02")
MODEL, PRODUCT = "demand", "inventory.demand_forecast"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    mesh = Mesh(tmp_path_factory.mktemp("models") / "home")
    mesh("simulate", *WORLD)
    mesh("run")
    return mesh


def versions(mesh: Mesh) -> dict[int, dict[str, Any]]:
    return {row["version"]: row for row in mesh("models", MODEL, "--json").json}


def test_a_run_trains_what_has_enough_history_and_publishes_its_predictions(world: Mesh) -> None:
    [first] = versions(world).values()
    assert first["aliases"] == ["champion"]
    assert first["metrics"]["pinball loss"] < first["metrics"]["pinball loss of seasonal naive"]
    row = world("show", PRODUCT, "--limit", "1", "--json").json[0]
    assert row["prediction_id"] == f"demand:1:{row['forecast_on']}/{row['sku']}/{row['location_id']}/{row['day']}"
    assert str(row["feature_snapshot"]) == str(first["snapshots"]["inventory.demand_features"])
    assert {"inventory.replenishment_plan", "inventory.model_health"} <= world.products().keys()


def test_every_prediction_can_be_explained(world: Mesh) -> None:
    row = world("show", PRODUCT, "--limit", "1", "--json").json[0]
    told = world("explain", row["prediction_id"], "--json").json
    assert told["row"]["sku"] == row["sku"]
    assert told["model_version"] == 1
    assert told["feature_snapshot"] == row["feature_snapshot"]
    assert told["reasons"]
    assert told["features"]


def test_a_version_comes_out_the_same_again(world: Mesh) -> None:
    again = world("reproduce", MODEL, "1", "--json").json
    assert again["same"] is True
    assert again["predictions"] > 1000
    assert again["changed"] == []


def test_another_version_predicts_after_its_promotion_and_the_way_back_is_one_step(world: Mesh) -> None:
    trained = world("train", MODEL, "--json").json
    assert trained["promoted"], "equal to the champion, so it does not lose"
    done = {row["product"]: row["seconds"] for row in world("run", "--domain", "inventory", "--json").json["products"]}
    assert done[PRODUCT] not in {"unchanged", "not run"}
    assert world("show", PRODUCT, "--limit", "1", "--json").json[0]["model_version"] == 2
    assert "version 1 predicts again, instead of version 2" in world("demote", MODEL).out
    assert {n: v["aliases"] for n, v in versions(world).items()} == {1: ["champion"], 2: ["previous"]}
    assert "version 2 predicts from the next run on" in world("promote", MODEL, "2").out


def test_what_can_not_be_trained_says_why_and_leaves_the_champion(world: Mesh) -> None:
    before = versions(world)
    said = world("train", MODEL, "--as-of", "2026-03-20", code=2)
    assert (
        said.err.rstrip().splitlines()[-1].startswith("mesh: model 'demand' has 18 days of history before 2026-03-20")
    )
    assert versions(world) == before


def test_the_card_tells_what_a_version_is_for_and_what_it_was_beside(world: Mesh) -> None:
    card = world("models", MODEL, "--card").out
    assert card.startswith("# Model card: demand")
    assert all(part in card for part in ("## Purpose", "seasonal naive", "## Learnt from", "lightgbm"))
