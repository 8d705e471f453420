"""What a publish sends, leaves alone and takes back, by both of DataHub's interfaces."""

import pytest
from datahub.emitter.mcp import MetadataChangeProposalWrapper as Stated
from datahub.metadata import schema_classes as m

from mesh_platform.catalog.publish import Mode, Server
from mesh_platform.catalog.publish.gms import Gms
from mesh_platform.errors import UserError
from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.publisher import Publisher
from platform_tests.catalog_tests.publish_tests.stand_in import StandIn
from platform_tests.catalog_tests.publish_tests.store import Change, is_removed

GONE = sample.dataset("sales.p0001")
OTHERS = "urn:li:dataset:(urn:li:dataPlatform:hive,finance.ledger,PROD)"


def test_everything_stated_arrives_and_verifies(publisher: Publisher) -> None:
    report = publisher.publish()
    assert (report.sent, report.unchanged, report.refused) == (len(publisher.stated), 0, [])
    publisher.assert_arrived_once_in_effect()
    assert publisher.verify() == ()


def test_a_second_publish_of_an_unchanged_mesh_sends_nothing(publisher: Publisher) -> None:
    publisher.publish()
    before = publisher.gms.writes
    report = publisher.publish()
    assert (report.sent, report.unchanged) == (0, len(publisher.stated))
    assert publisher.gms.writes == before


def test_only_what_changed_is_sent(publisher: Publisher) -> None:
    publisher.publish()
    description = m.DatasetPropertiesClass(name="sales.p0001", description="One row per order line.")
    kept = [s for s in publisher.stated if (s.entityUrn, s.aspectName) != (GONE, "datasetProperties")]
    publisher.state_only([*kept, Stated(entityUrn=GONE, aspect=description)])
    assert publisher.publish().sent == 1
    assert publisher.gms.store.rows[GONE]["datasetProperties"].value["description"] == "One row per order line."


def test_all_sends_again_what_a_wiped_server_lost(publisher: Publisher) -> None:
    publisher.publish()
    publisher.gms.store.rows.clear()
    publisher.gms.store.events.clear()
    assert publisher.publish().sent == 0
    assert publisher.publish(everything=True).sent == len(publisher.stated)
    publisher.assert_arrived_once_in_effect()


def test_what_left_the_mesh_is_soft_deleted_and_comes_back_when_it_returns(publisher: Publisher) -> None:
    publisher.publish()
    everything = publisher.stated
    publisher.state_only(sample.without(everything, GONE))
    assert publisher.publish().removed == 1
    assert is_removed(publisher.gms.store.rows[GONE])
    assert "schemaMetadata" in publisher.gms.store.rows[GONE], "a soft delete keeps the content"
    assert publisher.verify() == ()
    assert publisher.publish().removed == 0, "it is removed once"
    publisher.state_only(everything)
    publisher.publish()
    assert not is_removed(publisher.gms.store.rows[GONE])
    assert publisher.verify() == ()
    assert publisher.publish().sent == 0


def test_what_others_published_is_never_touched(publisher: Publisher) -> None:
    store = publisher.gms.store
    store.apply([Change("dataset", OTHERS, "datasetProperties", {"name": "ledger"}, {})])
    store.apply([Change("dataset", GONE, "editableDatasetProperties", {"description": "a person's words"}, {})])
    publisher.publish()
    publisher.state_only(sample.without(publisher.stated, GONE, "globalTags"))
    publisher.publish()
    assert store.rows[OTHERS].keys() == {"datasetProperties"}
    assert store.rows[GONE]["editableDatasetProperties"].value == {"description": "a person's words"}
    assert publisher.verify() == ()


def test_an_aspect_that_the_mesh_states_no_more_is_taken_away(publisher: Publisher) -> None:
    publisher.publish()
    publisher.state_only(sample.without(publisher.stated, GONE, "globalTags"))
    assert publisher.publish().withdrawn == 1
    assert "globalTags" not in publisher.gms.store.rows[GONE]
    assert publisher.publish().withdrawn == 0


def test_an_aspect_that_somebody_else_took_away_is_as_good_as_withdrawn(publisher: Publisher) -> None:
    publisher.publish()
    publisher.gms.store.delete(GONE, "globalTags")
    publisher.state_only(sample.without(publisher.stated, GONE, "globalTags"))
    assert publisher.publish().withdrawn == 1
    assert publisher.verify() == ()


def test_a_domain_has_no_soft_delete_and_is_deleted(publisher: Publisher) -> None:
    publisher.state_only(
        [*publisher.stated, Stated(entityUrn="urn:li:domain:hr", aspect=m.DomainPropertiesClass(name="HR"))]
    )
    publisher.publish()
    publisher.state_only(sample.without(publisher.stated, "urn:li:domain:hr"))
    assert publisher.publish().removed == 1
    assert "urn:li:domain:hr" not in publisher.gms.store.rows
    assert publisher.verify() == ()


def test_teams_and_finished_runs_stay_when_the_mesh_states_them_no_more(publisher: Publisher) -> None:
    run = "urn:li:dataProcessInstance:run-1"
    stamp = m.DataProcessInstancePropertiesClass(name="run-1", created=sample.STAMP)
    publisher.state_only([*publisher.stated, Stated(entityUrn=run, aspect=stamp)])
    publisher.publish()
    publisher.state_only(sample.without(sample.without(publisher.stated, run), sample.TEAM))
    assert publisher.publish().removed == 0
    assert not is_removed(publisher.gms.store.rows[run])
    assert publisher.verify() == ()


def test_a_half_built_file_does_not_empty_the_catalog(publisher: Publisher) -> None:
    publisher.publish()
    before = publisher.gms.writes
    publisher.state_only(publisher.stated[:6])
    with pytest.raises(UserError, match=r"lacks \d+ of the \d+ entities .* --allow-removals"):
        publisher.publish()
    assert publisher.gms.writes == before
    assert publisher.publish(allow_removals=True).removed > 0
    assert publisher.verify() == ()


def test_one_refused_proposal_stands_alone_and_all_others_arrive(publisher: Publisher) -> None:
    illegal = Stated(entityUrn=GONE, aspect=m.DomainPropertiesClass(name="a domain's aspect on a dataset"))
    publisher.state_only([*publisher.stated, illegal])
    report = publisher.publish()
    assert [refused.key[:2] for refused in report.refused] == [(GONE, "domainProperties")]
    assert "Unknown aspect domainProperties for entity dataset" in report.refused[0].reason
    assert report.sent == len(publisher.stated) - 1
    assert publisher.publish().sent == 0, "what arrived is recorded"
    publisher.state_only(publisher.stated[:-1])
    publisher.assert_arrived_once_in_effect()


@pytest.mark.parametrize(("version", "mode"), [("v1.7.0", Mode.OPENAPI), ("v0.14.0", Mode.RESTLI)])
def test_auto_takes_the_interface_that_the_servers_version_has(gms: StandIn, version: str, mode: Mode) -> None:
    gms.config["versions"] = {"acryldata/datahub": {"version": version}}
    with Gms.connect(Server(gms.url)) as connection:
        assert connection.mode is mode
