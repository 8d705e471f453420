"""How a catalog file is read and cut into requests."""

import json
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.catalog.publish.proposals import BATCH, batches, of, read_proposals
from mesh_platform.errors import UserError
from platform_tests.catalog_tests.publish_tests import sample

GOOD = {
    "entityType": "domain",
    "entityUrn": "urn:li:domain:sales",
    "changeType": "UPSERT",
    "aspectName": "domainProperties",
    "aspect": {"json": {"name": "Sales"}},
}


def test_equal_content_in_another_order_is_the_same_content() -> None:
    one = of("urn:li:domain:sales", "domainProperties", {"name": "Sales", "description": "Orders"})
    other = of("urn:li:domain:sales", "domainProperties", {"description": "Orders", "name": "Sales"})
    assert one.digest == other.digest
    assert of("urn:li:domain:sales", "domainProperties", {"name": "Sale"}).digest != one.digest


def test_two_results_of_one_check_are_two_events() -> None:
    first, second = (of("urn:li:assertion:a", "assertionRunEvent", {"timestampMillis": time}) for time in (1, 2))
    assert first.key != second.key


def test_definitions_go_before_what_refers_to_them(tmp_path: Path) -> None:
    sent = [batch[0].entity_type for batch in batches(read_proposals(sample.write(tmp_path / "m", sample.proposals())))]
    assert sent == [
        *("structuredProperty", "corpGroup", "tag", "glossaryTerm", "domain", "dataset"),
        *("assertion", "dataProduct"),
    ]


def test_a_request_holds_one_entity_type_and_no_more_than_datahub_takes() -> None:
    many = [of(f"urn:li:{kind}:{n}", "status", {"removed": False}) for kind in ("tag", "dataJob") for n in range(201)]
    cut = list(batches(many))
    assert [len(batch) for batch in cut] == [BATCH, 1, BATCH, 1]
    assert all(len({p.entity_type for p in batch}) == 1 for batch in cut)
    assert sorted(p.key for batch in cut for p in batch) == sorted(p.key for p in many)


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([], "holds no proposal"),
        ({"a": 1}, "holds no list"),
        ([GOOD, GOOD], "states domainProperties of urn:li:domain:sales twice"),
        ([GOOD, {**GOOD, "changeType": "DELETE"}], "proposal 1 is not an UPSERT"),
        ([{**GOOD, "entityUrn": "sales"}], "proposal 0 is not an UPSERT"),
        ([{**GOOD, "aspect": {"value": "{}"}}], "proposal 0 is not an UPSERT"),
    ],
)
def test_a_file_that_is_not_datahubs_is_refused(tmp_path: Path, records: Any, found: str) -> None:
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps(records))
    with pytest.raises(UserError, match=found):
        read_proposals(file)


def test_a_torn_or_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run `mesh catalog build` first"):
        read_proposals(tmp_path / "metadata.json")
    (tmp_path / "metadata.json").write_text(json.dumps([GOOD])[:-5])
    with pytest.raises(UserError, match="is no JSON"):
        read_proposals(tmp_path / "metadata.json")


def test_a_file_of_datahubs_own_sink_is_read_whole(tmp_path: Path) -> None:
    stated = sample.proposals()
    found = {(p.urn, p.aspect) for p in read_proposals(sample.write(tmp_path / "m.json", stated))}
    assert found == {(s.entityUrn, s.aspectName) for s in stated}
