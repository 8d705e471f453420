"""A table of changes of the interface: what each is, which version it takes, and what it does to a consumer."""

from datetime import date
from typing import Any

from mesh_platform.contract.consumers import Consumer, Use
from mesh_platform.contract.diff import Effect, Level

from .interfaces import (
    Edit,
    add,
    columns,
    custom,
    drop,
    level,
    option,
    put,
    rule,
    table,
    top,
)

TODAY = date(2026, 11, 21)
NONE, MINOR, MAJOR = Level.NONE, Level.MINOR, Level.MAJOR
UNAFFECTED, AT_RISK, BROKEN = Effect.UNAFFECTED, Effect.AT_RISK, Effect.BROKEN
USED = ("order_id", "day", "channel", "net_amount", "lines", "rating", "sku", "paid", "customer_email")
BOARD = Consumer(
    "board",
    "bi@shop.example",
    "dashboard",
    "the morning report",
    (Use("sales.orders", 1, USED, {"channel": ("web", "store")}, 30),),
)
ELSEWHERE = Consumer("other", "else@shop.example", "report", "other things", (Use("sales.daily_sales", 2, ("sku",)),))


def _reorder(document: dict[str, Any]) -> None:
    columns(document).reverse()


def _key_order(document: dict[str, Any]) -> None:
    put("order_id", primaryKeyPosition=2)(document)
    put("day", primaryKey=True, primaryKeyPosition=1)(document)


def _enum(*values: str) -> Edit:
    return put("channel", enum=[{"value": value} for value in values])


CHANGES: dict[str, tuple[tuple[Edit, ...], str, Level, Effect]] = {
    "optional column added": ((add("note", "sku"),), "column added", MINOR, UNAFFECTED),
    "required column added": ((add("note", "sku", required=True),), "column added", MINOR, UNAFFECTED),
    "used column removed": ((drop("net_amount"),), "column removed", MAJOR, BROKEN),
    "unused column removed": ((drop("gross_amount"),), "column removed", MAJOR, UNAFFECTED),
    "column renamed": (
        (drop("rating"), add("stars", "net_amount", physicalType="double", description="Stars")),
        "column renamed", MAJOR, BROKEN,
    ),
    "columns reordered": ((_reorder,), "columns reordered", NONE, UNAFFECTED),
    "text to number": ((put("sku", physicalType="long", logicalType="integer"),), "type changed", MAJOR, BROKEN),
    "long to int": ((put("lines", physicalType="int"),), "type changed", MAJOR, BROKEN),
    "more digits": ((put("net_amount", physicalType="decimal(20,4)"),), "type widened", MINOR, AT_RISK),
    "fewer digits": ((put("net_amount", physicalType="decimal(10,4)"),), "type changed", MAJOR, BROKEN),
    "other decimals": ((put("net_amount", physicalType="decimal(18,2)"),), "type changed", MAJOR, BROKEN),
    "another time zone": ((option("ordered_at", defaultTimezone="Europe/Berlin"),), "type changed", MAJOR, UNAFFECTED),
    "may be missing now": ((put("net_amount", required=False),), "null allowed", MAJOR, BROKEN),
    "never missing now": ((put("rating", required=True),), "null forbidden", NONE, UNAFFECTED),
    "value added": ((_enum("store", "web", "kiosk"),), "value added", MINOR, AT_RISK),
    "relied-on value removed": ((_enum("web"),), "value removed", MAJOR, BROKEN),
    "values not listed any more": ((put("channel", enum=None),), "values freed", MAJOR, AT_RISK),
    "values listed": ((put("sku", enum=[{"value": "s1"}]),), "values listed", NONE, UNAFFECTED),
    "values in another order": ((_enum("web", "store"),), "other", NONE, UNAFFECTED),
    "key grew": ((put("day", primaryKey=True, primaryKeyPosition=2),), "key changed", MAJOR, BROKEN),
    "key gone to another column": (
        (put("order_id", primaryKey=None), put("sku", primaryKey=True, primaryKeyPosition=1)),
        "key changed", MAJOR, BROKEN,
    ),
    "unit changed": ((custom("net_amount", unit="USD"),), "unit changed", MAJOR, BROKEN),
    "unit not said any more": ((custom("net_amount", unit=None),), "unit changed", MAJOR, AT_RISK),
    "unit said": ((custom("rating", unit="stars"),), "unit added", NONE, UNAFFECTED),
    "more secret": ((put("sku", classification="restricted"),), "classification raised", MINOR, AT_RISK),
    "less secret": ((put("customer_email", classification="public"),), "classification lowered", NONE, UNAFFECTED),
    "personal now": ((custom("sku", personal="taste"),), "personal data", MINOR, AT_RISK),
    "personal no more": ((custom("customer_email", personal=None),), "personal data", NONE, UNAFFECTED),
    "deprecated": (
        (put("net_amount", deprecated=True), custom("net_amount", removableFrom="2027-01-01")),
        "deprecated", MINOR, AT_RISK,
    ),
    "reference gone": ((put("sku", relationships=None),), "reference changed", MAJOR, AT_RISK),
    "reference elsewhere": (
        (put("sku", relationships=[{"type": "foreignKey", "to": "inventory.skus.sku"}]),),
        "reference changed", MAJOR, AT_RISK,
    ),
    "reference added": (
        (put("channel", relationships=[{"type": "foreignKey", "to": "sales.channels.id"}]),),
        "reference added", NONE, UNAFFECTED,
    ),
    "lower bound raised": ((option("rating", minimum=2),), "rule tightened", NONE, UNAFFECTED),
    "lower bound lowered": ((option("rating", minimum=0),), "rule loosened", MAJOR, AT_RISK),
    "lower bound excluded": (
        (option("rating", minimum=None, exclusiveMinimum=1),), "rule tightened", NONE, UNAFFECTED),
    "lower bound included": ((option("lines", exclusiveMinimum=None, minimum=0),), "rule loosened", MAJOR, AT_RISK),
    "upper bound raised": ((option("rating", maximum=10),), "rule loosened", MAJOR, AT_RISK),
    "upper bound lowered": ((option("rating", maximum=4),), "rule tightened", NONE, UNAFFECTED),
    "bound gone": ((option("rating", maximum=None),), "rule loosened", MAJOR, AT_RISK),
    "pattern gone": ((option("order_id", pattern=None),), "rule loosened", MAJOR, AT_RISK),
    "pattern changed": ((option("order_id", pattern="^x"),), "rule loosened", MAJOR, AT_RISK),
    "pattern added": ((option("sku", pattern="^s"),), "rule tightened", NONE, UNAFFECTED),
    "unique now": ((put("sku", unique=True),), "rule tightened", NONE, UNAFFECTED),
    "rule of rows gone": ((rule("net_is_at_most_gross"),), "rule loosened", MAJOR, AT_RISK),
    "rule of rows changed": (
        (rule("net_is_at_most_gross", query="select 1 from ${table} where net_amount > 7"),),
        "rule loosened", MAJOR, AT_RISK,
    ),
    "partition gone": ((put("day", partitioned=None, partitionKeyPosition=None),), "partition changed", MINOR, AT_RISK),
    "sorted otherwise": ((table(customProperties=[{"property": "sortedBy", "value": ["sku"]}]),),
                         "sort changed", NONE, UNAFFECTED),
    "table moved": ((table(physicalName="sales.all_orders"),), "table moved", MAJOR, BROKEN),
    "rows may be too old": ((level("latency", 48),), "service level lowered", MAJOR, BROKEN),
    "rows are newer": ((level("latency", 2),), "service level raised", NONE, UNAFFECTED),
    "shorter history": ((level("retention", 7),), "service level lowered", MINOR, AT_RISK),
    "longer history": ((level("retention", 700),), "service level raised", NONE, UNAFFECTED),
    "fewer rows": ((level("minRows", 1),), "service level lowered", MINOR, AT_RISK),
    "may lose more rows": ((level("maxShrink", 0.9),), "service level lowered", MINOR, AT_RISK),
    "tolerates more in a delivery": ((level("toleratedBadRows", 0.5),), "service level raised", NONE, UNAFFECTED),
    "deprecated product": ((top(status="deprecated"),), "status changed", MINOR, AT_RISK),
    "only proposed after all": ((top(status="proposed"),), "status changed", MAJOR, AT_RISK),
    "described otherwise": ((put("sku", description="The first article"),), "description changed", NONE, UNAFFECTED),
    "another term": ((put("order_id", businessName="Purchase"),), "description changed", NONE, UNAFFECTED),
    "another purpose": ((top(description={"purpose": "Sales."}),), "description changed", NONE, UNAFFECTED),
    "another owner": ((top(team={"name": "Shops"}),), "owner changed", NONE, UNAFFECTED),
    "something else": ((top(tags=["gold"]),), "other", NONE, UNAFFECTED),
}  # fmt: skip
