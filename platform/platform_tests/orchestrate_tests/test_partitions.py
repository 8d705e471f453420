"""Which days the orchestrator offers, and which of them a run is asked to make again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mesh_platform.orchestrate.partitions import CHANGED_ONLY_TAG, END_TAG, START_TAG, daily, forced_days
from platform_tests.pipeline_tests.kiosk import MONDAY, TUESDAY, WEDNESDAY, Mesh

TODAY = datetime.now(UTC).date()


def offered(mesh: Mesh) -> tuple[date, date]:
    keys = daily(mesh.settings).get_partition_keys()
    return date.fromisoformat(keys[0]), date.fromisoformat(keys[-1])


def test_the_days_on_offer_go_from_the_first_landed_file_to_the_last_day_that_ended(mesh: Mesh) -> None:
    mesh.land(WEDNESDAY)
    mesh.land(MONDAY)
    assert offered(mesh) == (MONDAY, TODAY - timedelta(days=1))


@pytest.mark.parametrize("ahead", [0, 5], ids=["today", "in days to come"])
def test_files_delivered_before_their_day_ended_are_on_offer_too(mesh: Mesh, ahead: int) -> None:
    mesh.land(TODAY + timedelta(days=ahead))
    assert offered(mesh) == (TODAY + timedelta(days=ahead), TODAY + timedelta(days=ahead))
    mesh.land(MONDAY)
    assert offered(mesh) == (MONDAY, TODAY + timedelta(days=ahead))


def test_with_nothing_landed_today_is_on_offer(mesh: Mesh) -> None:
    assert offered(mesh) == (TODAY, TODAY)


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        ({"dagster/partition": str(TUESDAY)}, {TUESDAY}),
        ({START_TAG: str(MONDAY), END_TAG: str(WEDNESDAY)}, {MONDAY, TUESDAY, WEDNESDAY}),
        ({START_TAG: str(MONDAY), END_TAG: str(WEDNESDAY), CHANGED_ONLY_TAG: "true"}, set()),
        ({"somebody/else": "x"}, None),
    ],
    ids=["a day", "a range of days", "what changed", "no partition: everything"],
)
def test_a_run_makes_the_days_of_its_tags_again(tags: dict[str, str], days: set[date] | None) -> None:
    assert forced_days(tags) == days
