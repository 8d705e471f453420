"""Which partitions a change touches."""

from dataclasses import replace
from datetime import date, timedelta

from mesh_platform.pipeline.days import day_range, days_around, monday, partitions_of
from mesh_platform.pipeline.landed import landed_days

from .kiosk import DAILY, MONDAY, NEXT_MONDAY, RUNNING, TUESDAY, WEDNESDAY, WEEKLY, Mesh

SUNDAY = NEXT_MONDAY - timedelta(days=1)


def test_a_range_holds_its_first_and_its_last_day() -> None:
    assert day_range(MONDAY, WEDNESDAY) == {MONDAY, TUESDAY, WEDNESDAY}
    assert day_range(MONDAY, MONDAY) == {MONDAY}


def test_a_week_begins_on_monday_and_ends_on_sunday() -> None:
    assert {monday(day) for day in day_range(MONDAY, SUNDAY)} == {MONDAY}
    assert monday(NEXT_MONDAY) == NEXT_MONDAY
    assert monday(date(2027, 1, 1)) == date(2026, 12, 28), "a week may begin in the year before"


def test_nothing_changed_touches_nothing() -> None:
    for product in (DAILY, WEEKLY, RUNNING, replace(DAILY, reach_days=3)):
        assert partitions_of((), product, "day", newest=WEDNESDAY) == frozenset()


def test_a_changed_day_touches_itself_alone() -> None:
    assert partitions_of({MONDAY, WEDNESDAY}, DAILY, "day", newest=NEXT_MONDAY) == {MONDAY, WEDNESDAY}


def test_a_changed_day_touches_the_monday_of_its_week() -> None:
    assert partitions_of({TUESDAY, SUNDAY, NEXT_MONDAY}, WEEKLY, "week", newest=None) == {MONDAY, NEXT_MONDAY}


def test_a_product_that_looks_back_changes_from_the_first_changed_day_to_the_newest() -> None:
    assert partitions_of({TUESDAY}, RUNNING, "day", newest=SUNDAY) == day_range(TUESDAY, SUNDAY)
    assert partitions_of({TUESDAY}, RUNNING, "day", newest=MONDAY) == {TUESDAY}, "the changed day is the newest"
    assert partitions_of({TUESDAY}, RUNNING, "day", newest=None) == {TUESDAY}


def test_a_product_that_reaches_over_midnight_changes_on_the_days_beside_too() -> None:
    reaching = replace(DAILY, reach_days=1)
    assert partitions_of({TUESDAY}, reaching, "day", newest=None) == {MONDAY, TUESDAY, WEDNESDAY}
    assert days_around({TUESDAY}, 0) == {TUESDAY}
    assert days_around({MONDAY}, 2) == day_range(MONDAY - timedelta(days=2), WEDNESDAY)


def test_reach_and_week_together_touch_the_week_next_door() -> None:
    reaching = replace(WEEKLY, reach_days=1)
    assert partitions_of({SUNDAY}, reaching, "week", newest=None) == {MONDAY, NEXT_MONDAY}


def test_the_landed_days_are_those_in_the_names_of_files_oldest_first(mesh: Mesh) -> None:
    assert landed_days(mesh.settings.landing) == []
    mesh.land(WEDNESDAY)
    mesh.land(MONDAY)
    mesh.land_goods(MONDAY)
    (mesh.settings.landing / "kiosk" / "goods" / "readme.txt").touch()
    assert landed_days(mesh.settings.landing) == [MONDAY, WEDNESDAY]
