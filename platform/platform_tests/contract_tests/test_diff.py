"""Each change of the interface → what it is, which version it takes, and what it does to which consumer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mesh_platform.contract.consumers import PRODUCT_KIND, Consumer, Use
from mesh_platform.contract.diff import Effect, Level, demands, differences, verdicts
from mesh_platform.contract.diff.types import widens

from .changes import AT_RISK, BOARD, BROKEN, CHANGES, ELSEWHERE, MAJOR, MINOR, NONE, TODAY, UNAFFECTED
from .interfaces import (
    DESCRIPTOR,
    ORDERS_V1,
    SOURCE,
    Edges,
    Edit,
    add,
    after,
    before,
    column,
    custom,
    drop,
    put,
    top,
)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_recognised_and_judged(name: str) -> None:
    edits, kind, needed, effect = CHANGES[name]
    judged = verdicts(differences(before(), after(*edits)), [BOARD, ELSEWHERE], today=TODAY)
    found = [verdict for verdict in judged if verdict.change.kind == kind]
    assert found, [verdict.change for verdict in judged]
    assert max(verdict.level for verdict in judged) == max(verdict.level for verdict in found) == needed
    assert max(verdict.effect for verdict in judged) == max(verdict.effect for verdict in found) == effect
    assert {hit.consumer.name for verdict in judged for hit in verdict.hits} == ({"board"} if effect else set())


def test_nothing_changed_takes_nothing() -> None:
    assert differences(before(), before()) == []
    assert differences({}, {}) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_version_is_demanded_where_one_is_needed_and_only_there(name: str) -> None:
    edits, _, needed, _ = CHANGES[name]
    for version, wanted in (("1.2.0", NONE), ("1.2.1", NONE), ("1.3.0", MINOR)):
        now = after(*edits, top(version=version))
        judged = verdicts(differences(before(), now), [BOARD, ELSEWHERE], today=TODAY)
        asked = demands(before(), now, judged, TODAY)
        assert all(demand.met for demand in asked) == (needed <= wanted), version
        assert [demand.level for demand in asked] == ([needed] if needed else [])
        assert all(bool(demand.remedy) != demand.met for demand in asked)


DEPRECATED = (put("net_amount", deprecated=True), custom("net_amount", removableFrom="2026-11-21"))


@pytest.mark.parametrize(
    ("announced", "consumers", "needed"),
    [
        (True, [ELSEWHERE], MINOR),
        (True, [BOARD], MAJOR),
        (False, [ELSEWHERE], MAJOR),
        (True, [replace(BOARD, uses=(replace(BOARD.uses[0], expires=date(2026, 11, 20)),))], MINOR),
    ],
    ids=["announced and unused", "announced and used", "not announced", "used by somebody whose use has expired"],
)
def test_a_column_goes_without_a_major_if_announced_due_and_unused(
    announced: bool, consumers: Sequence[Consumer], needed: Level
) -> None:
    was = after(*DEPRECATED) if announced else before()
    (verdict,) = verdicts(differences(was, after(drop("net_amount"))), consumers, today=TODAY)
    assert verdict.level == needed


def test_a_column_whose_day_has_not_come_stays() -> None:
    changes = differences(after(*DEPRECATED), after(drop("net_amount")))
    (early,) = verdicts(changes, [], today=date(2026, 11, 20))
    assert early.level is MAJOR


def test_a_column_that_is_used_through_lineage_stays() -> None:
    graph = Edges({"sales.orders.net_amount": ["sales.daily_sales.sku"]})
    (verdict,) = verdicts(differences(after(*DEPRECATED), after(drop("net_amount"))), [ELSEWHERE], graph, TODAY)
    assert verdict.level is MAJOR


EDGES = Edges(
    {
        "sales.orders.net_amount": ["sales.models.fraud", "customers.profile.spent"],
        "sales.models.fraud": ["sales.fraud_scores.probability"],
        "customers.profile.spent": ["customers.profile.value"],
    }
)
DESK = Consumer("desk", "pay@shop.example", "application", "review", (Use("sales.fraud_scores", 1, ("probability",)),))
CRM = Consumer("crm", "crm@shop.example", "application", "letters", (Use("customers.profile", 1, ("value",)),))
PROFILE = Consumer(
    "customers.profile",
    "customers@shop.example",
    PRODUCT_KIND,
    "profiles",
    (Use("sales.orders", 1, ("order_id", "net_amount"), purpose="what they spent"),),
)


def _hits(consumers: Sequence[Consumer], *edits: Edit) -> Mapping[str, tuple[Effect, tuple[str, ...]]]:
    (verdict,) = verdicts(differences(before(), after(*edits)), consumers, EDGES, TODAY)
    return {hit.consumer.name: (hit.effect, hit.through) for hit in verdict.hits}


def test_consumers_are_found_through_models_and_other_products_with_the_way() -> None:
    net = "sales.orders.net_amount"
    assert _hits([DESK, CRM, PROFILE, ELSEWHERE], drop("net_amount")) == {
        "customers.profile": (BROKEN, (net,)),
        "crm": (BROKEN, (net, "customers.profile.spent", "customers.profile.value")),
        "desk": (BROKEN, (net, "sales.models.fraud", "sales.fraud_scores.probability")),
    }


def test_what_changes_values_but_stops_no_run_puts_those_downstream_at_risk() -> None:
    assert {name: effect for name, (effect, _) in _hits([DESK, CRM], custom("net_amount", unit="USD")).items()} == {
        "desk": AT_RISK,
        "crm": AT_RISK,
    }


def test_who_reads_a_product_that_reads_the_column_no_more_is_safe() -> None:
    moved = replace(PROFILE, uses=(Use("sales.orders", 1, ("order_id",)),))
    assert set(_hits([DESK, CRM, moved], drop("net_amount"))) == {"desk"}


def test_a_consumer_is_named_with_owner_purpose_and_columns() -> None:
    (verdict,) = verdicts(differences(before(), after(drop("net_amount"))), [PROFILE], today=TODAY)
    (hit,) = verdict.hits
    assert (hit.consumer.owner, hit.purpose, hit.columns) == (
        "customers@shop.example",
        "what they spent",
        ("sales.orders.net_amount",),
    )


def test_consumers_of_another_major_version_are_not_reached() -> None:
    newer = replace(BOARD, uses=(replace(BOARD.uses[0], major=2),))
    (verdict,) = verdicts(differences(before(), after(drop("net_amount"))), [newer], today=TODAY)
    assert verdict.hits == ()


def test_a_value_on_which_nobody_relies_goes_with_a_minor() -> None:
    careless = replace(BOARD, uses=(replace(BOARD.uses[0], values={"channel": ("web",)}),))
    now = after(put("channel", enum=[{"value": "web"}]))
    (verdict,) = verdicts(differences(before(), now), [careless], today=TODAY)
    assert (verdict.level, verdict.effect) == (MINOR, UNAFFECTED)


def test_a_proposed_product_may_change_as_it_likes() -> None:
    was, now = after(top(status="proposed")), after(top(status="proposed"), drop("net_amount"))
    (verdict,) = verdicts(differences(was, now), [BOARD], today=TODAY)
    assert (verdict.level, verdict.effect) == (NONE, BROKEN)
    assert demands(was, now, [verdict], TODAY) == []


def test_a_version_never_goes_down() -> None:
    now = after(top(version="1.1.0"))
    judged = verdicts(differences(before(), now), [], today=TODAY)
    (demand,) = demands(before(), now, judged, TODAY)
    assert (demand.met, demand.remedy) == (False, "set a version of at least 1.2.0")


def test_a_new_product_and_a_new_major_take_nothing() -> None:
    was, now = before(), before()
    del was["sales/daily_sales/v2.odcs.yaml"]
    (verdict,) = verdicts(differences(was, now), [ELSEWHERE], today=TODAY)
    assert (verdict.change.kind, verdict.level, verdict.hits) == ("product added", NONE, ())
    assert demands(was, now, [verdict], TODAY) == []


def _end(day: str) -> Edit:
    return lambda document: document["slaProperties"].append({"property": "endOfLife", "value": day})


def test_an_older_major_gets_its_sunset_without_a_version_and_its_consumers_are_told() -> None:
    now = after(top(status="deprecated"), _end("2027-06-30"))
    judged = verdicts(differences(before(), now), [BOARD], today=TODAY)
    assert {(v.change.kind, v.level, v.effect) for v in judged} == {
        ("sunset changed", NONE, AT_RISK),
        ("status changed", NONE, AT_RISK),
    }
    assert demands(before(), now, judged, TODAY) == []


@pytest.mark.parametrize(
    ("edits", "descriptor", "consumers", "remedy"),
    [
        ((), "active", [BOARD], "bring it back: board still use it"),
        ((), "active", [], "bring its document back; announce its end"),
        ((_end("2026-11-20"),), "active", [], ""),
        ((_end("2026-11-21"),), "active", [], "bring its document back"),
        ((_end("2026-11-20"),), "active", [BOARD], "bring it back: board still use it"),
        ((), "retired", [], "publish it as status='deprecated' first"),
        ((top(status="deprecated"),), "retired", [], ""),
        ((top(status="deprecated"),), "retired", [BOARD], "bring it back: board still use it"),
    ],
)
def test_a_major_version_goes_when_its_end_was_announced_and_nobody_uses_it(
    edits: tuple[Edit, ...], descriptor: str, consumers: Sequence[Consumer], remedy: str
) -> None:
    was, now = after(*edits), after(top(status=descriptor), of=DESCRIPTOR)
    del now[ORDERS_V1]
    judged = verdicts(differences(was, now), consumers, today=TODAY)
    (demand,) = demands(was, now, judged, TODAY)
    assert demand.met == (not remedy)
    assert demand.remedy.startswith(remedy)


def test_a_changed_source_takes_no_version_and_puts_those_at_risk_who_use_what_is_made_of_it() -> None:
    graph = Edges({"sales_raw.order_lines.sku": ["sales.daily_sales.sku"]})
    now = after(drop("sku"), of=SOURCE)
    (verdict,) = verdicts(differences(before(), now), [ELSEWHERE, BOARD], graph, TODAY)
    assert (verdict.change.where, verdict.level) == ("sales_raw.order_lines.sku", NONE)
    assert [(hit.consumer.name, hit.effect) for hit in verdict.hits] == [("other", AT_RISK)]
    gone = before()
    del gone[SOURCE]
    assert [change.kind for change in differences(before(), gone)] == ["source removed"]
    assert [change.kind for change in differences(gone, before())] == ["source added"]
    assert demands(before(), gone, verdicts(differences(before(), gone), []), TODAY) == []


def test_changed_input_ports_are_told_and_take_nothing() -> None:
    def otherwise(document: dict[str, Any]) -> None:
        (port,) = document["inputPorts"]
        port["version"] = "2"
        port["customProperties"][0]["value"] = ["sku", "brand"]

    (change,) = differences(before(), after(otherwise, of=DESCRIPTOR))
    assert change.level is NONE
    assert change.said == "reads inventory.products otherwise: v1 → v2; also brand; without name"
    (gone,) = differences(before(), after(top(inputPorts=[]), of=DESCRIPTOR))
    assert gone.said == "reads inventory.products no more"
    (come,) = differences(after(top(inputPorts=[]), of=DESCRIPTOR), before())
    assert come.said == "reads inventory.products v1: sku, name"


def test_a_rule_that_is_said_in_another_form_is_the_same_rule() -> None:
    def as_text(document: dict[str, Any]) -> None:
        for told in document["schema"][0]["quality"]:
            if told["name"] == "net_is_at_most_gross":
                told.update(type="text", query=None, mustBe=None)

    assert differences(before(), after(as_text)) == []


def test_lineage_is_compared_only_where_both_sides_know_it() -> None:
    known = after(put("sku", transformSourceObjects=["sales_raw.order_lines.sku"]))
    other = after(put("sku", transformSourceObjects=["sales_raw.order_lines.article"]))
    assert differences(before(), known) == []
    (change,) = differences(known, other)
    assert (change.kind, change.level, change.said) == (
        "lineage changed",
        NONE,
        "computed from sales_raw.order_lines.article",
    )


def test_a_renamed_column_names_its_likely_new_name() -> None:
    renamed = (add("net_amount_eur", "net_amount"), drop("net_amount"))
    kinds = {change.kind: change for change in differences(before(), after(*renamed))}
    assert kinds["column renamed"].said == "looks like 'net_amount_eur' now"
    assert column(before()[ORDERS_V1], "net_amount")
    unlike = (add("weather", "net_amount", description="Sun or rain"), drop("net_amount"))
    assert "column renamed" not in {change.kind for change in differences(before(), after(*unlike))}


@pytest.mark.parametrize(
    ("was", "now", "holds"),
    [
        ("int", "long", True),
        ("long", "int", False),
        ("float", "double", True),
        ("double", "float", False),
        ("int", "double", False),
        ("date", "timestamptz", False),
        ("string", "string", False),
        ("decimal(10,2)", "decimal(12,2)", True),
        ("decimal(10,2)", "decimal(12,3)", False),
        ("decimal(12,2)", "decimal(10,2)", False),
    ],
)
def test_only_what_holds_every_value_widens(was: str, now: str, holds: bool) -> None:
    assert widens(was, now) is holds
