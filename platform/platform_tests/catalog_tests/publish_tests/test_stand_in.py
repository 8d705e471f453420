"""That the stand-in is as strict as it must be for the other tests to mean anything."""

from typing import Any

import pytest

from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.store import Change, Rejected, Store

TABLE = sample.dataset("sales.orders")


@pytest.mark.parametrize(
    ("kind", "urn", "aspect", "value", "rule"),
    [
        ("dataset", TABLE, "domainProperties", {"name": "x"}, "Unknown aspect domainProperties for entity dataset"),
        ("dataset", TABLE, "noSuchAspect", {}, "Unknown aspect"),
        ("table", "urn:li:table:x", "status", {"removed": False}, "EntityRegistry"),
        ("domain", TABLE, "domainProperties", {"name": "x"}, "is not of entity type domain"),
        ("dataset", TABLE, "datasetProperties", {"name": 3}, "does not parse"),
        ("dataset", TABLE, "datasetProperties", {"name": "x", "grain": "order"}, "/grain :: unrecognized field"),
        ("domain", sample.DOMAIN, "domainProperties", {"description": "no name"}, "does not parse|no valid"),
    ],
)
def test_an_illegal_aspect_is_refused(kind: str, urn: str, aspect: str, value: dict[str, Any], rule: str) -> None:
    store = Store()
    legal = Change("dataset", TABLE, "status", {"removed": False}, {})
    with pytest.raises(Rejected, match=rule):
        store.apply([legal, Change(kind, urn, aspect, value, {})])
    assert store.rows == {}, "a batch is stored whole or not at all"


def test_a_structured_property_is_defined_before_it_is_used() -> None:
    used = Change(
        "dataset", TABLE, "structuredProperties", {"properties": [{"propertyUrn": sample.GRAIN, "values": []}]}, {}
    )
    with pytest.raises(Rejected, match="Structured Property Definition"):
        Store().apply([used])


def test_a_changed_content_is_a_new_version_and_the_same_is_none() -> None:
    store = Store()
    for removed in (False, False, True):
        store.apply([Change("dataset", TABLE, "status", {"removed": removed}, {})])
    assert store.rows[TABLE]["status"].version == 2
