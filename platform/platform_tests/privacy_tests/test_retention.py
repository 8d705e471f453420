"""Retention by service level: what has had its time, and which models lose their past with it."""

from datetime import UTC, datetime, timedelta

from mesh_platform.privacy.retention import forget, retained, told

from .club import Club

LATER = datetime.now(UTC) + timedelta(days=20)


def test_states_expire_by_their_own_products_retention(club: Club) -> None:
    found = {kept.table: kept for kept in retained(club.lake, {"club.members": 10, "club.daily": 90}, {}, now=LATER)}
    assert (found["club.members"].states, found["club.members"].expiring) == (2, 1)
    assert found["club.daily"].expiring == 0
    assert found["club_raw.visits"].expiring == 1  # private tables: seven days


def test_forgetting_does_what_was_told_and_keeps_the_current_state(club: Club) -> None:
    rows = club.rows("club.members")
    kept = next(k for k in retained(club.lake, {"club.members": 10}, {}, now=LATER) if k.table == "club.members")
    assert forget(club.lake, kept, now=LATER) == kept.expiring == 1
    assert len(club.lake.history("club.members")) == 1
    assert club.rows("club.members") == rows


def test_models_that_lose_their_past_are_named(club: Club) -> None:
    old, new = (club.lake.history("club.members")[n].snapshot_id for n in (-1, 0))
    learnt = {"churn:1": {"club.members": old}, "churn:2": {"club.members": new}}
    kept = next(k for k in retained(club.lake, {"club.members": 10}, learnt, now=LATER) if k.table == "club.members")
    assert kept.models == ("churn:1",)
    assert told(kept) == ("club.members: 1 of 2 states are older than 10 days; can't be reproduced afterwards: churn:1")
