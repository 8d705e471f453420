"""An operational system that delivers an erased person again: nothing of them comes in."""

import json

from mesh_platform.ingest import quarantine_rows

from .club import ANNA, BERT, MAIL, Club
from .test_erasing import ANNAS


def test_an_erased_person_does_not_come_in_again(club: Club) -> None:
    club.eraser().erase(ANNA)
    header = "customer_id,changed_at,first_name,last_name,email,birth_date\n"
    again = f"{ANNA},2026-01-03T08:00:00Z,Anna,Alt,{MAIL},1980-05-06\n"
    other = f"{BERT},2026-01-03T08:00:00Z,Bert,Bau,bert@club.example,1990-01-02\n"
    club.land("members", "members_2026-01-03.csv", header + again + other + f"{ANNA},broken\n")
    assert club.ingest("members") == ("club/members/members_2026-01-03.csv",)
    members = club.lake.scan("club_raw.members").collect()
    assert sorted(members["customer_id"]) == ["C12", "C2", "C2"]
    assert quarantine_rows("club", "members", club.lake).is_empty()


def test_an_erased_persons_visit_comes_in_without_them_even_into_quarantine(club: Club) -> None:
    club.eraser().erase(ANNA)
    visits = [
        {
            "visit_id": "3-0",
            "visited_at": "2026-01-03T10:00:00Z",
            "visitor_id": "V-own",
            "customer_id": ANNA,
            "query": "q",
        },
        {"visit_id": "3-1", "visited_at": "late", "visitor_id": "V-own", "customer_id": ANNA},
        {"visit_id": "3-2", "visited_at": "2026-01-03T10:00:00Z", "visitor_id": "V-bert", "customer_id": BERT},
    ]
    club.land("visits", "visits_2026-01-03.jsonl", "".join(json.dumps(visit) + "\n" for visit in visits))
    club.ingest("visits")
    rows = {row["visit_id"]: row for row in club.lake.scan("club_raw.visits").collect().to_dicts()}
    assert rows["3-0"]["customer_id"] is None
    assert rows["3-0"]["visitor_id"].startswith("erased-")
    assert rows["3-2"]["visitor_id"] == "V-bert"
    refused = quarantine_rows("club", "visits", club.lake)
    assert refused.height == 1
    assert not ANNAS.found_in(json.dumps(refused.to_dicts(), default=str).encode())
