"""That a difference between the mesh and the server is found, in each direction, and that what is none is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from mesh_platform.catalog.publish.gms import PIPELINE
from mesh_platform.catalog.publish.verification import Kind
from mesh_platform.cli.main import app
from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.publisher import Publisher
from platform_tests.catalog_tests.publish_tests.store import Change, Store

TABLE = sample.dataset("sales.p0001")
PRODUCT = "urn:li:dataProduct:sales.p0001"
ASSERTION = "urn:li:assertion:sales.p0001.key"
DAY_MS = 86_400_000
FAILED = 'result.type: the mesh has "SUCCESS", the server "FAILURE"'
STRAY = sample.dataset("sales.left_long_ago")


def _put(store: Store, urn: str, aspect: str, value: dict[str, Any], *, pipeline: str = "") -> None:
    store.apply([Change(urn.split(":")[2], urn, aspect, value, {"pipelineName": pipeline})])


def _lose_events(store: Store) -> None:
    store.events = {key: value for key, value in store.events.items() if key[0] != ASSERTION}


def _fail_events(store: Store) -> None:
    for (urn, _, _), value in store.events.items():
        if urn == ASSERTION:
            value["result"]["type"] = "FAILURE"


DAMAGE: dict[str, tuple[Callable[[Store], object], list[tuple[Kind, str, str, str]]]] = {
    "an entity is lost": (
        lambda store: store.delete(PRODUCT),
        [(Kind.MISSING, PRODUCT, "dataProductProperties", ""), (Kind.MISSING, PRODUCT, "domains", "")],
    ),
    "an aspect is lost": (
        lambda store: store.delete(TABLE, "domains"),
        [(Kind.MISSING, TABLE, "domains", "")],
    ),
    "a description is changed": (
        lambda store: store.rows[TABLE]["datasetProperties"].value.update(description="One row."),
        [
            (
                Kind.DIFFERENT,
                TABLE,
                "datasetProperties",
                'description: the mesh has "One row per order.", the server "One row."',
            )
        ],
    ),
    "a column is lost": (
        lambda store: store.rows[TABLE]["schemaMetadata"].value["fields"].pop(),
        [(Kind.DIFFERENT, TABLE, "schemaMetadata", "fields: the mesh has 4 entries, the server 3")],
    ),
    "a column's type is changed": (
        lambda store: store.rows[TABLE]["schemaMetadata"].value["fields"][2].update(nativeDataType="int"),
        [
            (
                Kind.DIFFERENT,
                TABLE,
                "schemaMetadata",
                'fields[2].nativeDataType: the mesh has "string", the server "int"',
            )
        ],
    ),
    "an entity is removed there": (
        lambda store: _put(store, TABLE, "status", {"removed": True}),
        [(Kind.REMOVED, TABLE, "", "somebody removed it there, or it was never published again")],
    ),
    "results are lost": (
        _lose_events,
        [
            (Kind.MISSING, ASSERTION, "assertionRunEvent", f"the event at {sample.T0_MS + day * DAY_MS} ms")
            for day in range(2)
        ],
    ),
    "results are changed": (
        _fail_events,
        [
            (
                Kind.DIFFERENT,
                ASSERTION,
                "assertionRunEvent",
                f"the event at {sample.T0_MS + day * DAY_MS} ms: {FAILED}",
            )
            for day in range(2)
        ],
    ),
    "a table of ours is there that the mesh has not": (
        lambda store: _put(store, STRAY, "datasetProperties", {"name": "left_long_ago"}),
        [(Kind.STRANGER, STRAY, "", "it has a name of this mesh's")],
    ),
    "a domain is there that another ledger published": (
        lambda store: _put(store, "urn:li:domain:hr", "domainProperties", {"name": "HR"}, pipeline=PIPELINE),
        [(Kind.STRANGER, "urn:li:domain:hr", "", "it carries this mesh's mark")],
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_difference_is_found_and_named(publisher: Publisher, what: str) -> None:
    damage, expected = DAMAGE[what]
    publisher.publish()
    damage(publisher.gms.store)
    assert [(d.kind, d.urn, d.aspect, d.detail) for d in publisher.verify()] == expected


def test_a_published_entity_that_left_the_mesh_is_found_before_it_is_removed(publisher: Publisher) -> None:
    publisher.publish()
    publisher.state_only(sample.without(sample.without(publisher.stated, TABLE, "globalTags"), PRODUCT))
    assert [(d.kind, d.urn, d.aspect) for d in publisher.verify()] == [
        (Kind.STRANGER, PRODUCT, ""),
        (Kind.STRANGER, TABLE, "globalTags"),
    ]


def test_what_the_server_derives_or_others_own_is_no_difference(publisher: Publisher) -> None:
    publisher.publish()
    store = publisher.gms.store
    store.rows[TABLE]["ownership"].value["ownerTypes"] = {"urn:li:ownershipType:__system__technical_owner": []}
    store.rows[TABLE]["datasetProperties"].value.pop("customProperties")  # an empty default, which the server drops
    _put(store, sample.dataset("finance.ledger"), "datasetProperties", {"name": "ledger"})
    _put(store, "urn:li:dataset:(urn:li:dataPlatform:hive,sales.x,PROD)", "datasetProperties", {"name": "x"})
    _put(store, "urn:li:domain:finance", "domainProperties", {"name": "Finance"})
    _put(store, TABLE, "editableDatasetProperties", {"description": "a person's words"})
    assert publisher.verify() == ()


@pytest.mark.parametrize(("damaged", "code"), [(False, 0), (True, 1)])
def test_the_command_fails_where_anything_differs(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, damaged: bool, code: int
) -> None:
    publisher.publish()
    if damaged:
        publisher.gms.store.delete(TABLE, "domains")
    monkeypatch.setenv("MESH_HOME", str(publisher.home))
    said = CliRunner().invoke(app, ["catalog", "verify", "--server", publisher.gms.url, "--json"])
    assert said.exit_code == code
    assert json.loads(said.stdout) == {
        "server": publisher.gms.url,
        "compared": len(publisher.stated),
        "differences": [{"kind": "missing on the server", "urn": TABLE, "aspect": "domains", "detail": ""}] * damaged,
    }
