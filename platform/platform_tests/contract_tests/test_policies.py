"""What a registration says of personal data, rows and limits is read strictly and fits the product, or is refused."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_platform.contract.consumers import Consumer, Use, consumers, wrong_uses
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.contract.policies import Condition, Limits
from mesh_platform.errors import BadContract

from .samples import shop

TODAY = date(2026, 11, 21)
USE: dict[str, Any] = {
    "product": "sales.orders",
    "major": 1,
    "columns": ["order_id", "customer_email"],
    "expires": date(2027, 6, 30),
}
CLEAR = {"clear": ["customer_email"], "purpose": "sends the\nreceipt"}


def _read(root: Path, use: dict[str, Any] | None = None, **said: Any) -> Consumer:
    path = root / "consumers" / f"{said.get('name', 'desk')}.yaml"
    path.parent.mkdir()
    usual = {"name": "desk", "owner": "desk@shop.example", "kind": "application", "purpose": "Answers customers"}
    path.write_text(yaml.safe_dump({**usual, "uses": [USE | (use or {})], **said}))
    return consumers(root)[0]


def test_personal_data_in_clear_conditions_and_limits_are_read(tmp_path: Path) -> None:
    rows = [
        {"column": "channel", "operator": "in", "value": ["web", "store"]},
        {"column": "paid", "operator": "eq", "value": True},
    ]
    read = _read(tmp_path, CLEAR | {"rows": rows}, limits={"requests_per_second": 0.5, "rows_per_day": 1000})
    assert read.limits == Limits(0.5, 1000)
    (use,) = read.uses
    assert (use.clear, use.purpose) == (("customer_email",), "sends the receipt")
    assert use.rows == (Condition("channel", "in", ("web", "store")), Condition("paid", "eq", True))


def test_without_a_word_there_is_no_clear_data_no_condition_and_the_default_limit(tmp_path: Path) -> None:
    read = _read(tmp_path)
    assert (read.limits, read.uses[0].clear, read.uses[0].rows) == (Limits(), (), ())


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ({"clear": ["customer_email"]}, r"uses\[0\]\.purpose is missing \(rule: personal data in clear needs one\)"),
        (CLEAR | {"clear": "customer_email"}, r"uses\[0\]\.clear is 'customer_email' \(rule: a list of columns"),
        (CLEAR | {"clear": []}, r"uses\[0\]\.clear is \[\]"),
        (CLEAR | {"purpose": " "}, r"uses\[0\]\.purpose is ' ' \(rule: a text\)"),
        ({"rows": {"paid": True}}, r"uses\[0\]\.rows is .* \(rule: a list of conditions, each once\)"),
        ({"rows": ["paid"]}, r"uses\[0\]\.rows is "),
        ({"rows": [{"column": "paid", "operator": "eq"}]}, r"uses\[0\]\.rows\[0\]\.value is missing"),
        ({"rows": [{"column": "paid", "op": "eq", "value": 1}]}, r"no field of uses\[0\]\.rows\[0\] 'op'"),
        ({"rows": [{"column": "paid", "operator": "is", "value": 1}]}, r"operator is 'is' \(rule: one of eq, ne"),
        ({"rows": [{"column": 1, "operator": "eq", "value": 1}]}, r"column is 1 \(rule: a column\)"),
        ({"rows": [{"column": "paid", "operator": "in", "value": True}]}, r"value is True \(rule: a list of values"),
        ({"rows": [{"column": "paid", "operator": "in", "value": []}]}, r"value is \[\] \(rule: a list of values"),
        ({"rows": [{"column": "paid", "operator": "eq", "value": [1]}]}, r"value is \[1\] \(rule: one value\)"),
    ],
)
def test_a_wrong_policy_of_a_use_is_named_with_the_rule(tmp_path: Path, use: dict[str, Any], said: str) -> None:
    with pytest.raises(BadContract, match=rf"desk\.yaml: {said}" if said.startswith("uses") else said):
        _read(tmp_path, use)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (5, r"limits is 5 \(rule: fields requests_per_second, rows_per_day\)"),
        ({"requests": 5}, r"no field of limits 'requests'"),
        ({"requests_per_second": 0}, r"limits\.requests_per_second is 0 \(rule: above 0\)"),
        ({"requests_per_second": True}, r"limits\.requests_per_second is True"),
        ({"rows_per_day": 1.5}, r"limits\.rows_per_day is 1\.5 \(rule: a whole number above 0\)"),
        ({"rows_per_day": -1}, r"limits\.rows_per_day is -1"),
        ({"rows_per_day": True}, r"limits\.rows_per_day is True"),
    ],
)
def test_a_wrong_limit_is_named_with_the_rule(tmp_path: Path, limits: object, said: str) -> None:
    with pytest.raises(BadContract, match=said):
        _read(tmp_path, limits=limits)


def test_nobody_registers_as_the_holder_of_the_development_key(tmp_path: Path) -> None:
    with pytest.raises(BadContract, match=r"name is 'developer' \(rule: any other name"):
        _read(tmp_path, name="developer")


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> list[PublishedProduct]:
    root = tmp_path_factory.mktemp("contracts")
    export([shop()], root)
    return published(root)


COLUMNS = ("order_id", "customer_email")


def _wrong(products: list[PublishedProduct], *rows: Condition, clear: tuple[str, ...] = ()) -> list[str]:
    use = Use("sales.orders", 1, COLUMNS, expires=TODAY, purpose="x", clear=clear, rows=rows)
    return wrong_uses(Consumer("desk", "desk@shop.example", "application", "x", (use,)), products, TODAY)


def test_policies_that_fit_the_product_are_right(products: list[PublishedProduct]) -> None:
    rows = (
        Condition("channel", "in", ("web",)),
        Condition("paid", "ne", True),
        Condition("lines", "ge", 2),
        Condition("net_amount", "lt", 99.5),
        Condition("day", "gt", date(2026, 1, 1)),
        Condition("ordered_at", "gt", datetime(2026, 1, 1, tzinfo=UTC)),
    )
    assert _wrong(products, *rows, clear=("customer_email",)) == []


@pytest.mark.parametrize(
    ("clear", "said"),
    [
        (("paid",), "'paid' in clear is not among its columns; add it there or take it out"),
        (("order_id",), "'order_id' in clear (rule: personal data that is masked: customer_email); take it out"),
    ],
)
def test_what_is_not_masked_or_not_read_can_t_be_in_clear(
    products: list[PublishedProduct], clear: tuple[str, ...], said: str
) -> None:
    assert _wrong(products, clear=clear) == [f"consumer 'desk': sales.orders v1: {said}"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("chanel", "eq", "web"), "no column 'chanel'; did you mean 'channel'?"),
        (
            Condition("customer_email", "eq", "a@b.c"),
            (
                "a condition on 'customer_email' writes personal data into the registration "
                "(rule: only a boolean or listed values); take it out"
            ),
        ),
        (Condition("paid", "lt", True), "'paid' is a boolean, which has no 'lt'; write eq or ne"),
        (
            Condition("paid", "eq", "yes"),
            "the condition on 'paid' compares with 'yes' (rule: type boolean); correct it",
        ),
        (
            Condition("lines", "eq", True),
            "the condition on 'lines' compares with True (rule: type integer); correct it",
        ),
        (
            Condition("lines", "in", (1, 1.5)),
            "the condition on 'lines' compares with 1.5 (rule: type integer); correct it",
        ),
        (
            Condition("day", "eq", datetime(2026, 1, 1, tzinfo=UTC)),
            (
                "the condition on 'day' compares with "
                "datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc) (rule: type date); correct it"
            ),
        ),
        (
            Condition("ordered_at", "eq", datetime(2026, 1, 1)),  # noqa: DTZ001 - of which time zone?
            (
                "the condition on 'ordered_at' compares with datetime.datetime(2026, 1, 1, 0, 0) "
                "(rule: type timestamp); correct it"
            ),
        ),
        (
            Condition("channel", "eq", "wep"),
            "the condition on 'channel' compares with no listed value 'wep'; did you mean 'web'?",
        ),
    ],
)
def test_a_condition_that_does_not_fit_the_product_is_told(
    products: list[PublishedProduct], condition: Condition, said: str
) -> None:
    assert _wrong(products, condition) == [f"consumer 'desk': sales.orders v1: {said}"]
