"""A made-up quarter of orders in which everything happens that the fraud features count, and how each is sent live."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from mesh_sales.ml.live_order import Line, Order

FIRST = date(2026, 1, 1)
DAYS = 110
ORDERS = 450
HEADER = ("channel", "store_id", "customer_id", "card_id", "device_id", "payment_method", "ip_country")
LINE = ("sku", "quantity", "unit_price", "discount")
MORNING = timedelta(hours=9)
STEPS = 8
"""Orders fall on whole steps of an hour and a half, so that many share a moment and many lie on a window's edge."""

PLANTED = (
    (timedelta(0), 9),
    (timedelta(days=60), 9),  # the card is as good as forgotten a microsecond later
    (timedelta(days=60, hours=1), 0),  # a present is no purchase
    (timedelta(days=60, hours=2), 9),
)
"""Orders of one buyer with one card: how long after the first, and at which price."""


def order_lines(seed: int = 11) -> list[dict[str, Any]]:
    """Lines of orders of a few cards, devices, customers and stores, every fourth of them bringing something back."""
    rng = np.random.default_rng(seed)
    by_chance = [line for number in range(ORDERS) for line in _lines(rng, f"o{number:04}")]
    return by_chance + [_planted(number, after, price) for number, (after, price) in enumerate(PLANTED)]


def _lines(rng: np.random.Generator, order_id: str) -> list[dict[str, Any]]:
    day = FIRST + timedelta(days=int(rng.integers(DAYS)))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + MORNING + int(rng.integers(STEPS)) * timedelta(hours=1.5)
    in_store = bool(rng.random() < 0.4)
    header = {
        "order_id": order_id,
        "ordered_at": at + timedelta(microseconds=int(rng.integers(2))),
        "_day": day,
        "channel": "store" if in_store else "web",
        "store_id": _one(rng, "S", 2) if in_store else None,
        "customer_id": _one(rng, "c", 6) if rng.random() < 0.7 else None,
        "card_id": _one(rng, "k", 8) if rng.random() < 0.8 else None,
        "device_id": _one(rng, "d", 7) if not in_store and rng.random() < 0.9 else None,
        "payment_method": str(rng.choice(["card", "wallet", "cash", "unknown"])),
        "ip_country": str(rng.choice(["DE", "AT", "BR"])) if not in_store and rng.random() < 0.9 else None,
        "currency": "EUR",
    }
    return [header | _line(rng, number) for number in range(1, 1 + int(rng.integers(1, 4)))]


def _line(rng: np.random.Generator, number: int) -> dict[str, Any]:
    price = 4 * Decimal(int(rng.integers(0, 200_000))) / 10_000  # a quarter of it has four decimal places too
    return {
        "line_no": number,
        "sku": _one(rng, "p", 5),
        "quantity": int(rng.choice([-2, -1, 1, 2, 5], p=[0.1, 0.1, 0.5, 0.2, 0.1])),
        "unit_price": price,
        "discount": price / 4 if rng.random() < 0.3 else Decimal(0),
    }


def _planted(number: int, after: timedelta, price: int) -> dict[str, Any]:
    at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + MORNING + after
    buyer = {"customer_id": "c-planted", "card_id": "k-planted", "device_id": "d-planted", "ip_country": "DE"}
    header = {"channel": "web", "store_id": None, "payment_method": "card", "currency": "EUR", "line_no": 1}
    line = {"sku": "p0", "quantity": 1, "unit_price": Decimal(price), "discount": Decimal(0)}
    return {"order_id": f"p{number}", "ordered_at": at, "_day": at.date(), **header, **buyer, **line}


def _one(rng: np.random.Generator, kind: str, of: int) -> str:
    return f"{kind}{rng.integers(of)}"


def reports(lines: list[dict[str, Any]], seed: int = 12) -> list[dict[str, Any]]:
    """Reports on a third of the orders, some of both kinds, known at once, in time, or when the order is forgotten."""
    rng = np.random.default_rng(seed)
    orders = {line["order_id"]: line["ordered_at"] for line in lines}
    return [
        {
            "order_id": order,
            "kind": kind,
            "reported_at": at + timedelta(hours=1),
            "_day": at.date(),
            "ingested_at": at + timedelta(hours=1.5 * int(rng.integers(0, 1_100))),
        }
        for order, at in orders.items()
        for kind in ("confirmed_fraud", "chargeback")
        if rng.random() < 0.2
    ]


def sent(lines: list[dict[str, Any]]) -> Order:
    """An order as it is sent to be scored, out of its lines as they land later."""
    first = min(lines, key=lambda line: line["line_no"])
    return Order(
        order_id=first["order_id"],
        ordered_at=first["ordered_at"],
        lines=[Line(**{name: line[name] for name in LINE}) for line in lines],
        **{name: first[name] for name in HEADER},
    )
