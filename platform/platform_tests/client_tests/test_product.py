"""A product, asked through the client: what comes is what was published."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mesh_platform.client import Mesh, Refused, Trust
from mesh_platform.errors import UserError


def _ids(mesh: Mesh, **conditions: object) -> list[str]:
    rows = mesh.product("sales.orders").where(**conditions).select("order_id").rows()
    return sorted(row["order_id"] for row in rows)


def test_rows_have_the_types_and_values_that_were_published(mesh: Mesh) -> None:
    frame = mesh.product("sales.orders").sort("order_id").to_polars()
    assert frame["order_id"].to_list() == ["o1", "o2", "o3", "o4"]
    first = frame.row(0, named=True)
    assert first["ordered_at"] == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert first["net_amount"] == Decimal(10)
    assert first["customer_email"] != "ada@shop.example", "personal data comes masked"


def test_arrow_polars_and_row_by_row_agree(mesh: Mesh) -> None:
    orders = mesh.product("sales.orders").select("order_id", "lines", "net_amount")
    rows = orders.to_arrow().to_pylist()
    assert rows == list(orders.rows()) == orders.to_polars().to_dicts()


def test_conditions_of_every_kind_keep_the_rows_that_fulfil_them(mesh: Mesh) -> None:
    assert _ids(mesh, channel="store") == ["o2"]
    assert _ids(mesh, channel__ne="store") == ["o1", "o3", "o4"]
    assert _ids(mesh, order_id=["o1", "o4", "o,9"]) == ["o1", "o4"]
    assert _ids(mesh, lines__gt=1) == ["o1"]
    assert _ids(mesh, lines__le=1, channel="web") == ["o3", "o4"]
    assert _ids(mesh, sku=None) == ["o4"]
    assert _ids(mesh, sku__ne=None) == ["o1", "o2", "o3"]
    assert _ids(mesh, paid=True, ordered_at__ge=datetime(2026, 3, 10, 12, tzinfo=UTC)) == ["o1", "o2", "o3", "o4"]
    assert _ids(mesh, net_amount__lt=Decimal("9.99")) == []


def test_each_step_leaves_the_question_before_as_it_was(mesh: Mesh) -> None:
    orders = mesh.product("sales.orders")
    web = orders.where(channel="web")
    assert (orders.count(), web.count(), web.where(channel="store").count()) == (4, 3, 1)


def test_a_key_gives_its_row_or_nothing(mesh: Mesh) -> None:
    orders = mesh.product("sales.orders")
    found = orders.get("o1")
    assert found is not None
    assert found["lines"] == 9
    assert orders.get("o0") is None
    assert orders.get("../../products") is None


def test_aggregates_come_by_group(mesh: Mesh) -> None:
    groups = mesh.product("sales.orders").aggregate("sum(lines)", "count", by=["channel"])
    assert {group["channel"]: (group["sum_lines"], group["count"]) for group in groups} == {
        "store": (1, 1),
        "web": (11, 3),
    }


def test_the_past_is_asked_by_snapshot_and_the_way_from_there_as_changes(mesh: Mesh, snapshots: list[int]) -> None:
    orders = mesh.product("sales.orders").select("order_id", "lines")
    before = orders.as_of(snapshots[0])
    assert sorted(row["order_id"] for row in before.rows()) == ["o0", "o1", "o2", "o3"]
    changes = {(row["_operation"], row["order_id"]) for row in orders.changes(snapshots[0])}
    assert changes == {("removed", "o0"), ("changed", "o1"), ("added", "o4")}


def test_the_last_answer_says_how_far_it_can_be_trusted(mesh: Mesh, snapshots: list[int]) -> None:
    orders = mesh.product("sales.orders")
    assert orders.trust == Trust()
    web = orders.where(channel="web")
    web.to_arrow()
    assert (orders.trust.snapshot, orders.trust.contract_version) == (snapshots[-1], "1.2.0")
    assert orders.trust is web.trust
    assert orders.trust.audit.startswith("passed")
    assert orders.trust.service_level
    assert orders.trust.request_id


def test_a_refusal_says_what_is_wrong_and_what_holds(mesh: Mesh) -> None:
    with pytest.raises(Refused, match="order_idd") as refused:
        mesh.product("sales.orders").where(order_idd=1).to_arrow()
    assert refused.value.status == 422
    assert refused.value.problem["instance"] in str(refused.value)
    with pytest.raises(Refused, match=r"did you mean 'sales\.orders'"):
        mesh.product("sales.order").count()


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), object(), {"a": 1}])  # noqa: DTZ001 - no zone on purpose
def test_a_value_that_no_column_has_is_refused_before_it_is_sent(mesh: Mesh, value: object) -> None:
    with pytest.raises(UserError, match="rule"):
        mesh.product("sales.orders").where(ordered_at__gt=value)


def test_products_are_listed_and_described(mesh: Mesh) -> None:
    assert "sales.orders" in str(mesh.products())
    assert "order_id" in str(mesh.product("sales.orders").describe())
