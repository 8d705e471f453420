"""The report of where persons' data lives."""

from mesh_platform.privacy.report import WHOLE_RECORD, holdings

from .club import Club, places


def test_every_place_with_personal_data_is_told(club: Club) -> None:
    found = holdings(club.settings, club.lake, places())
    assert {h.place for h in found} == {
        "club_raw.members",
        "club_raw.visits",
        "club_raw.purchases",
        "club_raw.scans",
        "landing/club/members",
        "landing/club/visits",
        "landing/club/purchases",
        "landing/club/scans",
        "club.members",
        "club.booked",
        "club.scores",
        "club_quarantine.members",
        "warehouse/club_warehouse.duckdb",
    }


def test_a_column_is_told_with_kind_secrecy_owner_and_rows(club: Club) -> None:
    found = {(h.place, h.column): h for h in holdings(club.settings, club.lake, places())}
    mail = found["club_raw.members", "email"]
    assert (mail.personal, mail.classification, mail.owner, mail.rows) == (
        "email",
        "restricted",
        "club@club.example",
        3,
    )
    assert found["club_quarantine.members", WHOLE_RECORD].rows == 1
    assert ("club.booked", "cents") not in found
