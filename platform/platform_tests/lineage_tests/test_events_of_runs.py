"""Real runs of a small mesh, in Dagster: each tells its events, and each event is as the standard wants it."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest

from mesh_platform.contract.export import documents
from mesh_platform.contract.export.derivation import Derivation, Derivations
from mesh_platform.lake import Lake
from mesh_platform.lineage.sending import outbox_of, sender_of
from mesh_platform.orchestrate.definitions import JOB, definitions_for
from mesh_platform.orchestrate.describe import Descriptions
from mesh_platform.orchestrate.execute import execute
from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.orchestrate.keys import product_key, source_key
from mesh_platform.orchestrate.partitions import CHANGED_ONLY_TAG, END_TAG, START_TAG
from mesh_platform.orchestrate.recording import MeshRecording
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings
from platform_tests.ml_tests import shop
from platform_tests.pipeline_tests.kiosk import KIOSK, LENIENT, MONDAY, OWNER, TUESDAY, Mesh, write, write_checkout
from platform_tests.pipeline_tests.test_model_products import PORT

from .spec import Event, Specification, events_in, facets

MESH_RUN = "0b6f0f2e-3c1d-4a51-9a54-6f0c6a3f6a01"
PURCHASE = shop.Purchase()
PURCHASES = DataProduct(
    "purchases", shop.Purchases, "1.0.0", recipe=f"{__name__}:PURCHASE", inputs=(PORT,), service_level=LENIENT
)
CAFE = Domain("cafe", OWNER, "Predicts who buys.", products=(PURCHASES,))


def derive(_domain: Domain, product: DataProduct) -> Derivations:
    """What the kiosk's SQL says of its columns, so that nothing has to be compiled."""
    if product.recipe:
        return Derivations(
            {"chance": Derivation(("cafe.models.purchase",), "model")},
            {"cafe.models.purchase": ("shop.visits.bought", "shop.visits.minutes")},
        )
    columns = {"item": "item", "day": "_day", "pieces": "pieces"}
    return Derivations({c: Derivation((f"kiosk_raw.sold.{o}",), "sql") for c, o in columns.items()})


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh with a checkout of its own, whose documents are published."""
    root = write_checkout(tmp_path_factory.mktemp("checkout"))
    write(root / "workspace.yaml", "load_from: []")
    documents.export([KIOSK, CAFE], root / "contracts", origins=derive)
    home = tmp_path_factory.mktemp("home")
    path = [str(root), *sys.path, *(str(root / domain / "src") for domain in ("kiosk", "cafe"))]
    variables = {"MESH_HOME": str(home), "MESH_ROOT": str(root)}
    with (
        patch.dict(os.environ, variables),
        patch.object(sys, "path", path),
        patch.object(Descriptions, "lineage", False),
    ):
        invalidate_caches()
        settings = Settings.load()
        prepare_home(settings)
        yield Mesh(settings, Lake.open(settings))


def run_kiosk(mesh: Mesh) -> bool:
    keys = [source_key("kiosk", "sold"), product_key("kiosk.daily")]
    with MeshRecording(mesh.settings, MESH_RUN, ["kiosk"], (MONDAY, TUESDAY)) as told:
        done = execute("kiosk", keys, (MONDAY, TUESDAY), changed_only=True, mesh_run=MESH_RUN)
        if not done:
            told.fail("failed: kiosk.daily")
    return done


@contextmanager
def telling(mesh: Mesh) -> Iterator[list[Event]]:
    """The events that are told within."""
    file = mesh.settings.home / "lineage" / "events.jsonl"
    before = len(events_in(file)) if file.exists() else 0
    events: list[Event] = []
    yield events
    sender_of(outbox_of(mesh.settings), mesh.settings).flush(10)
    events += events_in(file)[before:]


@pytest.fixture(scope="module")
def first(mesh: Mesh) -> list[Event]:
    """A run of everything."""
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2), ("2", TUESDAY, "tea", 1))
    with telling(mesh) as events:
        assert run_kiosk(mesh)
    return events


@pytest.fixture(scope="module")
def broken(mesh: Mesh, first: list[Event]) -> list[Event]:
    """A run whose rows break the contract."""
    mesh.land(TUESDAY, ("3", TUESDAY, "Ms Anna Example", -3))
    with telling(mesh) as events:
        assert not run_kiosk(mesh)
    assert first
    return events


@pytest.fixture(scope="module")
def learnt(mesh: Mesh, broken: list[Event]) -> list[Event]:
    """A run from Dagster's page, which trains a model and predicts with it."""
    assert broken
    shop.publish(mesh.lake, shop.visits())
    tags = {START_TAG: str(TUESDAY), END_TAG: str(TUESDAY), CHANGED_ONLY_TAG: "true"}
    with telling(mesh) as events, dg.DagsterInstance.ephemeral() as instance:
        job = definitions_for(CAFE).resolve_job_def(JOB)
        assert job.execute_in_process(instance=instance, tags=tags).success
    return events


def the(events: list[Event], job: str, state: str = "COMPLETE") -> Event:
    [found] = [e for e in events if (e["job"]["name"], e["eventType"]) == (job, state)]
    return found


def facets_of(event: Event, dataset: str) -> dict[str, Any]:
    [found] = [d for d in (*event["inputs"], *event["outputs"]) if d["name"] == dataset]
    return {**found.get("facets", {}), **found.get("inputFacets", {}), **found.get("outputFacets", {})}


def test_every_event_and_every_facet_is_as_the_standard_wants_it(
    first: list[Event], broken: list[Event], learnt: list[Event]
) -> None:
    specification = Specification.read()
    wrong = [error for event in (*first, *broken, *learnt) for error in specification.errors(event)]
    assert wrong == []
    found = Counter(name for event in (*first, *broken, *learnt) for _, name, _ in facets(event))
    assert set(found) == {
        "columnLineage",
        "dataQualityAssertions",
        "documentation",
        "errorMessage",
        "inputStatistics",
        "jobType",
        "lifecycleStateChange",
        "nominalTime",
        "outputStatistics",
        "ownership",
        "parent",
        "processing_engine",
        "schema",
        "tags",
        "version",
    }


def test_the_validation_itself_finds_what_is_wrong(first: list[Event]) -> None:
    specification = Specification.read()
    event = json.loads(json.dumps(the(first, "kiosk.daily")))
    event["run"]["runId"] = "no uuid"
    event["outputs"][0]["facets"]["dataQualityAssertions"] = the(first, "kiosk.daily.audit")["inputs"][0][
        "inputFacets"
    ]["dataQualityAssertions"]
    del event["outputs"][0]["facets"]["version"]["datasetVersion"]
    assert len(specification.errors(event)) == 3


def test_every_run_begins_and_ends_once_and_in_its_parent(first: list[Event], broken: list[Event]) -> None:
    for events in (first, broken):
        states = {run: [e["eventType"] for e in events if e["run"]["runId"] == run] for run in runs(events)}
        assert all(len(told) == 2 and told[0] == "START" and told[1] != "START" for told in states.values())
        assert events[0]["run"]["runId"] == events[-1]["run"]["runId"] == MESH_RUN
    parents = {e["job"]["name"]: e["run"]["facets"].get("parent") for e in first}
    assert parents["mesh.run"] is None
    chain = {job: parent["job"]["name"] for job, parent in parents.items() if parent}
    assert chain == {
        "kiosk.run": "mesh.run",
        "kiosk.raw.sold": "kiosk.run",
        "kiosk.daily": "kiosk.run",
        "kiosk.daily.audit": "kiosk.daily",
    }
    assert {parent["root"]["run"]["runId"] for parent in parents.values() if parent} == {MESH_RUN}


def runs(events: list[Event]) -> set[str]:
    return {event["run"]["runId"] for event in events}


def test_an_ingest_tells_what_landed_and_what_was_accepted(first: list[Event], mesh: Mesh) -> None:
    event = the(first, "kiosk.raw.sold")
    landed, raw = facets_of(event, "landing/kiosk/sold"), facets_of(event, "kiosk_raw.sold")
    assert landed["inputStatistics"]["rowCount"] == 2
    assert [dataset["namespace"] for dataset in (*event["inputs"], *event["outputs"])] == ["file", "iceberg"]
    assert raw["version"]["datasetVersion"] in {str(s.snapshot_id) for s in mesh.lake.history("kiosk_raw.sold")}
    assert raw["columnLineage"]["fields"]["pieces"]["inputFields"] == [
        {"namespace": "file", "name": "landing/kiosk/sold", "field": "pieces"}
    ]
    assert event["run"]["facets"]["nominalTime"]["nominalStartTime"] == f"{MONDAY}T00:00:00+00:00"


def test_a_refresh_tells_what_was_published_from_what(first: list[Event], mesh: Mesh) -> None:
    event = the(first, "kiosk.daily")
    made = facets_of(event, "kiosk.daily")
    published = mesh.lake.history("kiosk.daily")[-1]
    assert made["version"]["datasetVersion"] == str(published.snapshot_id)
    assert facets_of(event, "kiosk_raw.sold")["version"]["datasetVersion"] == str(published.inputs["kiosk_raw.sold"])
    files = mesh.lake.files("kiosk.daily", as_of=published.snapshot_id)
    assert made["outputStatistics"]["rowCount"] == 2
    assert (made["outputStatistics"]["size"], made["outputStatistics"]["fileCount"]) == (
        sum(file.bytes for file in files),
        len(files),
    )
    assert made["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert made["columnLineage"]["fields"]["pieces"]["inputFields"] == [
        {"namespace": "iceberg", "name": "kiosk_raw.sold", "field": "pieces"}
    ]
    assert [(f["name"], f["type"]) for f in made["schema"]["fields"]] == [
        ("item", "string"),
        ("day", "date"),
        ("pieces", "long"),
    ]
    assert made["ownership"]["owners"] == [{"name": "team:kiosk", "type": "MAINTAINER"}]
    assert event["run"]["facets"]["processing_engine"]["name"] == "dagster"
    assert event["run"]["facets"]["processing_engine"]["version"] == dg.__version__
    assert {tag["key"] for tag in event["job"]["facets"]["tags"]["tags"]} == {"code", "contract"}


def test_an_audit_tells_each_promise_and_which_was_broken(first: list[Event], broken: list[Event]) -> None:
    kept = facets_of(the(first, "kiosk.daily.audit"), "kiosk.daily")["dataQualityAssertions"]["assertions"]
    assert len(kept) > 5
    assert all(promise["success"] for promise in kept)
    refused = facets_of(the(broken, "kiosk.daily.audit", "FAIL"), "kiosk.daily")["dataQualityAssertions"]["assertions"]
    [promise] = [promise for promise in refused if not promise["success"]]
    assert (promise["name"], promise["column"], promise["assertion"]) == ("pieces__at_least", "pieces", "at_least")


def test_a_failure_tells_the_rule_and_no_word_of_the_rows(broken: list[Event]) -> None:
    for job in ("kiosk.daily", "kiosk.daily.audit"):
        message = the(broken, job, "FAIL")["run"]["facets"]["errorMessage"]["message"]
        assert message == "ContractBroken: pieces__at_least (>= 0): 1 of 2 rows; nothing was published"
    assert "version" not in facets_of(the(broken, "kiosk.daily", "FAIL"), "kiosk.daily"), "nothing was published"
    assert the(broken, "mesh.run", "FAIL")["run"]["facets"]["errorMessage"]["message"] == "failed: kiosk.daily"
    assert "Anna" not in json.dumps(broken)


def test_a_training_and_its_predictions_are_tied_by_the_model(learnt: list[Event]) -> None:
    training = the(learnt, "cafe.models.purchase")
    model = facets_of(training, "cafe.models.purchase")
    assert model["version"]["datasetVersion"] == "1"
    assert [f["field"] for f in model["columnLineage"]["fields"]["prediction"]["inputFields"]] == ["bought", "minutes"]
    predicting = the(learnt, "cafe.purchases")
    assert facets_of(predicting, "cafe.models.purchase")["version"]["datasetVersion"] == "1"
    assert facets_of(predicting, "cafe.purchases")["columnLineage"]["fields"]["chance"]["inputFields"] == [
        {"namespace": "mlflow", "name": "cafe.models.purchase", "field": "prediction"}
    ]
    assert {"model": "purchase:1"}.items() <= {
        tag["key"]: tag["value"] for tag in predicting["job"]["facets"]["tags"]["tags"]
    }.items()


def test_a_run_from_the_page_is_its_own_root(learnt: list[Event]) -> None:
    parents = [e["run"]["facets"]["parent"] for e in learnt if e["job"]["name"] == "cafe.models.purchase"]
    assert {parent["job"]["name"] for parent in parents} == {"cafe.run"}
    assert all(parent["root"]["run"] == parent["run"] for parent in parents)
