"""Orders: what was sold or returned, line by line, as the point of sale and the web shop write it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mesh_simulator.arrays import NOBODY, Ints, Table, constant, mixed, positions_within
from mesh_simulator.baskets import PAYMENTS, Baskets, Wishes
from mesh_simulator.fraud import REFUND, refund_abuse
from mesh_simulator.ids import Written, cents, instants, look, numbered, place_names, written
from mesh_simulator.marketing_rows import promotion_ids
from mesh_simulator.till import arrivals
from mesh_simulator.today import Today
from mesh_simulator.vocabulary import COUNTRIES


@dataclass(slots=True)
class Lines(Table):
    """One row an order line; order is the basket until orders are numbered. Money in cents."""

    order: Ints
    at: Ints
    customer: Ints
    shown: Ints
    place: Ints
    sku: Ints
    quantity: Ints
    price: Ints
    off: Ints
    promotion: Ints
    payment: Ints
    card: Ints
    device: Ints
    country: Ints
    manner: Ints
    cause: Ints

    def amount(self) -> Ints:
        """What each line is worth to OmniShop."""
        return self.quantity * self.price - self.off


def sold_lines(today: Today, baskets: Baskets, wishes: Wishes, sold: Ints) -> Lines:
    """Turn met wishes into lines at today's prices and discounts."""
    met = np.flatnonzero(sold > 0)
    basket, sku, quantity = wishes.basket[met], wishes.sku[met], sold[met]
    price = today.state.catalogue.price[sku]
    return Lines(
        order=basket,
        at=baskets.at[basket],
        customer=baskets.customer[basket],
        shown=baskets.shown[basket],
        place=baskets.place[basket],
        sku=sku,
        quantity=quantity,
        price=price,
        off=np.round(quantity * price * today.discount[sku]).astype(np.int64),
        promotion=today.promotion[sku],
        payment=baskets.payment[basket],
        card=baskets.card[basket],
        device=baskets.device[basket],
        country=baskets.country[basket],
        manner=baskets.manner[basket],
        cause=baskets.cause[basket],
    )


def returned_lines(today: Today, first: int) -> Lines:
    """Take back what is due today, and what abusers bring; each return is an order of its own, numbered from first."""
    rng = today.rng("returns")
    due, abuse = today.state.returns.take(today.day), refund_abuse(today, rng)
    honest = len(due["sku"])
    rows = {name: np.concatenate([due[name], abuse[name]]) for name in abuse}
    size = len(rows["sku"])
    in_store = rows["place"] < today.warehouse
    at = rng.integers(7 * 3_600_000, 22 * 3_600_000, size)
    at[in_store] = arrivals(today, rng, rows["place"][in_store])
    return Lines(
        order=first + np.arange(size),
        at=at,
        customer=rows["customer"],
        shown=rows["customer"],
        place=rows["place"],
        sku=rows["sku"],
        quantity=-rows["quantity"],
        price=rows["price"],
        off=constant(size, 0),
        promotion=constant(size),
        payment=rows["payment"],
        card=rows["card"],
        device=constant(size),
        country=constant(size),
        manner=np.where(np.arange(size) >= honest, REFUND, 0),
        cause=constant(size),
    )


def schedule_returns(today: Today, sold: Lines) -> None:
    """Decide what will come back: more from the web, more of what is bad, at the price that was paid."""
    rng = today.rng("future returns")
    web = sold.place == today.warehouse
    quality = today.state.catalogue.quality[sold.sku]
    chance = np.where(web, 0.07, 0.022) * np.exp(-0.45 * quality)
    back = sold.where((rng.random(len(sold)) < chance) & (sold.manner == 0))
    quantity = np.where(rng.random(len(back)) < 0.8, back.quantity, 1)
    today.state.returns.add(
        today.day + 1 + rng.geometric(0.12, len(back)),
        customer=back.shown,
        place=back.place,
        sku=back.sku,
        quantity=quantity,
        price=back.amount() // back.quantity,
        payment=back.payment,
        card=back.card,
    )


def number_orders(today: Today, lines: Lines, baskets: int) -> tuple[Lines, Ints]:
    """Number the orders by time.

    Returns:
        The lines in order of order and line, and each basket's order (NOBODY where nothing was sold).
    """
    size = int(lines.order.max(initial=baskets - 1)) + 1
    at = constant(size)
    at[lines.order] = lines.at
    present = np.flatnonzero(at >= 0)
    ranked = present[np.lexsort((present, at[present]))]
    number = constant(size)
    number[ranked] = today.state.count("orders", len(ranked)) + np.arange(len(ranked))
    lines.order = number[lines.order]
    return lines.where(np.argsort(lines.order, kind="stable")), number[:baskets]


def order_rows(today: Today, lines: Lines) -> pl.DataFrame:
    """Write the lines as the point of sale and the web shop do."""
    web = lines.place == today.warehouse
    places = place_names(today.world.stores)
    return written(
        {
            "order_id": numbered("O", lines.order + 1, 9),
            "line_no": positions_within(lines.order) + 1,
            "ordered_at": instants(today.date, lines.at),
            "channel": look(("store", "web"), web.astype(np.int64)),
            "store_id": look(places, np.where(web, NOBODY, lines.place)),
            "customer_id": numbered("C", np.where(lines.shown >= 0, lines.shown, NOBODY), 7),
            "sku": numbered("P", lines.sku + 1, 5),
            "quantity": lines.quantity,
            "unit_price": cents(lines.price),
            "discount": cents(lines.off),
            "promotion_id": promotion_ids(lines.promotion),
            "payment_method": look(PAYMENTS, lines.payment),
            "card_id": _hidden("K", lines.card, 2),
            "device_id": _hidden("D", lines.device, 3),
            "ip_country": look(COUNTRIES, lines.country),
            "currency": pl.repeat("EUR", len(lines), dtype=pl.String, eager=True),
        }
    )


def _hidden(prefix: str, code: Ints, salt: int) -> Written:
    return numbered(prefix, np.where(code >= 0, mixed(np.maximum(code, 0), salt), NOBODY), 13)
