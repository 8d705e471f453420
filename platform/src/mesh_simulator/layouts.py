"""How each system writes its files, and how its rows can be spoilt.

A spoilt value is written as it is, without quotes of its own: `"n/a"` in JSON needs them, `n/a` in CSV does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

AN_ORDER = ("order_id", '"O1"')
"""An order named by an event that is no purchase."""
SURPLUS, CUT = "a field too many", "a line cut short"
"""Ways to spoil a line as a whole."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One source's files.

    Args:
        source: Domain and source, such as "sales/order_lines".
        format: The format, which is also the files' ending.
        fresh_key: The key column that gets a new value in rows that are made up.
        spoils: Column and spoilt value of each way to spoil a field.
        broken: Ways to spoil the whole line.
        references: Column and value of each way to point nowhere.
        free: Text columns that may hold what the format must escape.
        event_time: Whether rows have one, so that they can be late.
    """

    source: str
    format: Literal["csv", "jsonl", "parquet"]
    fresh_key: str
    spoils: tuple[tuple[str, Any], ...]
    broken: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    free: tuple[str, ...] = ()
    event_time: bool = True

    def file(self, day: str) -> str:
        """The path of a day's file within the landing zone."""
        name = self.source.split("/")[1]
        return f"{self.source}/{name}_{day}.{self.format}"

    @property
    def header_lines(self) -> int:
        """Lines before the first record."""
        return 1 if self.format == "csv" else 0


_CSV = (SURPLUS, CUT)
_BAD_TIME, _BAD_DATE = "31/12/2025 14:00", "2026-02-31"

LAYOUTS: Mapping[str, Layout] = {
    layout.source: layout
    for layout in (
        Layout(
            "sales/order_lines",
            "csv",
            "order_id",
            (
                ("ordered_at", _BAD_TIME),
                ("ordered_at", ""),
                ("quantity", "two"),
                ("quantity", "0"),
                ("unit_price", "-4.99"),
                ("unit_price", "4,99 EUR"),
                ("discount", "-1.00"),
                ("channel", "phone"),
                ("sku", ""),
                ("payment_method", "bitcoin"),
                ("currency", "euro"),
            ),
            _CSV,
        ),
        Layout(
            "sales/fraud_reports",
            "csv",
            "order_id",
            (("reported_at", _BAD_TIME), ("reported_at", ""), ("kind", "dispute"), ("kind", "")),
            _CSV,
            references=(("order_id", "O999"),),
        ),
        Layout(
            "sales/store_sensors",
            "jsonl",
            "sensor_id",
            (
                ("measured_at", '"yesterday"'),
                ("kind", '"temperature"'),
                ("value", '"n/a"'),
                ("value", "-1.0"),
                ("value", None),
                ("store_id", None),
            ),
            (CUT,),
        ),
        Layout(
            "customers/profiles",
            "csv",
            "customer_id",
            (
                ("changed_at", _BAD_TIME),
                ("birth_date", _BAD_DATE),
                ("country", "Germany"),
                ("country", ""),
                ("loyalty_tier", "platinum"),
                ("consent_marketing", "maybe"),
                ("signed_up_at", ""),
            ),
            _CSV,
            free=("first_name", "last_name", "city"),
            event_time=False,
        ),
        Layout(
            "customers/posts",
            "jsonl",
            "post_id",
            (
                ("posted_at", '"2026-13-01T10:00:00Z"'),
                ("network", '"myspace"'),
                ("rating", "9"),
                ("rating", '"five"'),
                ("text", None),
                ("language", '"english"'),
            ),
            (CUT,),
            free=("text", "author_handle"),
        ),
        Layout(
            "inventory/product_master",
            "csv",
            "sku",
            (("changed_at", _BAD_TIME), ("list_price", "-3.00"), ("cost", "cheap"), ("pack_size", "0"), ("name", "")),
            _CSV,
            free=("name",),
            event_time=False,
        ),
        Layout(
            "inventory/locations",
            "csv",
            "location_id",
            (("kind", "kiosk"), ("opened_on", _BAD_DATE), ("city", "")),
            _CSV,
            free=("city",),
            event_time=False,
        ),
        Layout(
            "inventory/stock_movements",
            "parquet",
            "movement_id",
            (("kind", "teleport"), ("kind", None), ("quantity", 0), ("on_hand_after", -5), ("moved_at", None)),
            references=(("sku", "P99999X"), ("location_id", "S999")),
        ),
        Layout(
            "marketing/web_events",
            "jsonl",
            "event_id",
            (
                ("occurred_at", '"10:32"'),
                ("occurred_at", None),
                ("kind", '"hover"'),
                ("session_id", None),
                ("position", "0"),
                ("position", '"first"'),
                AN_ORDER,
            ),
            (CUT,),
        ),
        Layout(
            "marketing/campaigns",
            "csv",
            "campaign_id",
            (("channel", "pigeon"), ("starts_on", _BAD_DATE), ("budget", "-100.00"), ("name", "")),
            _CSV,
            event_time=False,
        ),
        Layout(
            "marketing/campaign_audience",
            "csv",
            "customer_id",
            (("arm", "placebo"), ("arm", "")),
            _CSV,
            references=(("campaign_id", "CMP-9999"),),
            event_time=False,
        ),
        Layout(
            "marketing/campaign_spend",
            "csv",
            "day",
            (("spend", "-1.00"), ("spend", "a lot"), ("spend", "")),
            _CSV,
            references=(("campaign_id", "CMP-9999"),),
            event_time=False,
        ),
        Layout(
            "marketing/promotions",
            "csv",
            "promotion_id",
            (("discount_pct", "150.0"), ("discount_pct", "0.0"), ("starts_on", _BAD_DATE), ("sku", "")),
            _CSV,
            references=(("campaign_id", "CMP-9999"),),
            event_time=False,
        ),
    )
}
