"""Stock: what lies where, what may be sold, what is brought from where to where.

Everything that arrives or leaves for another place is booked at night before the first sale of the day, so a day's
sales are limited by the stock of the morning. The warehouse supplies web orders and the stores; suppliers supply the
warehouse after a lead time that is not always kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import Bools, Floats, Ints, Table, constant
from mesh_simulator.catalogue import Catalogue
from mesh_simulator.later import Later
from mesh_simulator.stores import Stores
from mesh_simulator.world import Parameters

KINDS = ("receipt", "sale", "return", "transfer_in", "transfer_out", "adjustment")
RECEIPT, SALE, RETURN, TRANSFER_IN, TRANSFER_OUT, ADJUSTMENT = range(6)
STORE_UNITS_A_DAY = 1_350.0
"""Units that all stores of a world of scale 1 sell on an ordinary day; the first stock is sized by it."""
WEB_UNITS_A_DAY = 180.0
MEMORY = 0.06
"""How fast the running mean of demand forgets."""


@dataclass(slots=True)
class Stock(Table):
    """Places (the warehouse is the last) by products."""

    on_hand: Ints
    coming: Ints
    mean: Floats


@dataclass(slots=True)
class Movements(Table):
    """One row a movement, in milliseconds of the day."""

    at: Ints
    place: Ints
    sku: Ints
    kind: Ints
    quantity: Ints


def first_stock(world: Parameters, catalogue: Catalogue, stores: Stores, carried: Bools) -> Stock:
    """Fill stores for about nine days and the warehouse for about four weeks of expected sales."""
    share = np.where(carried[:-1], catalogue.popularity, 0.0)
    share *= (stores.size / stores.size.sum())[:, None] / share.sum(axis=1, keepdims=True)
    in_stores = share * STORE_UNITS_A_DAY * world.scale
    web = catalogue.popularity / catalogue.popularity.sum() * WEB_UNITS_A_DAY * world.scale
    mean = np.vstack([in_stores, in_stores.sum(axis=0) + web])
    days = np.array([[9.0]] * world.stores + [[28.0]])
    on_hand = np.where(carried, np.ceil(mean * days + 1.5 * np.sqrt(mean * days)), 0).astype(np.int64)
    return Stock(on_hand, np.zeros_like(on_hand), mean)


def opening(stock: Stock) -> Movements:
    """Book the first stock as receipts."""
    place, sku = np.nonzero(stock.on_hand)
    return Movements(5_000 + sku, place, sku, constant(len(sku), RECEIPT), stock.on_hand[place, sku])


def night(
    world: Parameters, day: int, stock: Stock, arrivals: Later, catalogue: Catalogue, carried: Bools
) -> Movements:
    """Book what arrived, what is sent to the stores, and what counting found; order from suppliers."""
    rng = world.rng("night", day)
    came = arrivals.take(day)
    arrived = Movements(1_000 + came["sku"] % 20_000, came["place"], came["sku"], came["kind"], came["quantity"])
    np.add.at(stock.on_hand, (arrived.place, arrived.sku), arrived.quantity)
    np.subtract.at(stock.coming, (arrived.place, arrived.sku), arrived.quantity)
    sent = _send_to_stores(day, stock, arrivals, carried)
    counted = _count(rng, stock)
    _order_from_suppliers(rng, day, stock, arrivals, catalogue)
    return arrived.stack(sent, counted)


def _send_to_stores(day: int, stock: Stock, arrivals: Later, carried: Bools) -> Movements:
    """Send each store what it is short of; stores are looked at every other day and served in turn."""
    stores = len(stock.on_hand) - 1
    position = stock.on_hand[:-1] + stock.coming[:-1]
    mean = stock.mean[:-1]
    low = position <= np.floor(mean * 2.5 + 1.1 * np.sqrt(mean * 2.5))
    looked_at = (np.arange(stores) + day) % 2 == 0
    target = np.ceil(mean * 8 + 1.3 * np.sqrt(mean * 8)).astype(np.int64) + 1
    wish = np.where(low & carried[:-1] & looked_at[:, None], np.maximum(target - position, 0), 0)
    turn = np.roll(np.arange(stores), day)
    before = np.cumsum(wish[turn], axis=0) - wish[turn]
    given = np.clip(stock.on_hand[-1] - before, 0, wish[turn])[np.argsort(turn)]
    place, sku = np.nonzero(given)
    quantity = given[place, sku]
    stock.on_hand[-1] -= given.sum(axis=0)
    stock.coming[:-1] += given
    arrivals.add(
        constant(len(sku), day + 1), place=place, sku=sku, quantity=quantity, kind=constant(len(sku), TRANSFER_IN)
    )
    return Movements(
        30_000 + sku % 10_000, constant(len(sku), stores), sku, constant(len(sku), TRANSFER_OUT), -quantity
    )


def _count(rng: np.random.Generator, stock: Stock) -> Movements:
    """Find now and then that something was stolen, broken or lost, or turned up again."""
    chosen = rng.random(stock.on_hand.shape) < 0.0008
    place, sku = np.nonzero(chosen & (stock.on_hand > 0))
    found = rng.choice([-3, -2, -1, -1, 1], len(sku))
    quantity = np.maximum(found, -stock.on_hand[place, sku]).astype(np.int64)
    stock.on_hand[place, sku] += quantity
    return Movements(45_000 + sku % 10_000, place, sku, constant(len(sku), ADJUSTMENT), quantity)


def _order_from_suppliers(
    rng: np.random.Generator, day: int, stock: Stock, arrivals: Later, catalogue: Catalogue
) -> None:
    """Order what falls below the demand of the lead time; some deliveries come late."""
    mean, lead = stock.mean[-1], catalogue.lead_days
    position = stock.on_hand[-1] + stock.coming[-1]
    reorder = mean * (lead + 3) + 1.3 * np.sqrt(mean * (lead + 3))
    sku = np.flatnonzero(position <= reorder)
    wish = reorder[sku] + mean[sku] * 14 - position[sku]
    quantity = (np.ceil(np.maximum(wish, 1) / catalogue.pack[sku]) * catalogue.pack[sku]).astype(np.int64)
    delay = rng.poisson(0.4, len(sku)) + 6 * (rng.random(len(sku)) < 0.04)
    warehouse = constant(len(sku), len(stock.on_hand) - 1)
    stock.coming[-1, sku] += quantity
    arrivals.add(day + lead[sku] + delay, place=warehouse, sku=sku, quantity=quantity, kind=constant(len(sku), RECEIPT))


def sell(stock: Stock, place: Ints, sku: Ints, at: Ints, wished: Ints) -> Ints:
    """Sell what is there, first come first served, and say how much of each wish was met."""
    flat = place * stock.on_hand.shape[1] + sku
    order = np.lexsort((at, flat))
    ours, quantity = flat[order], wished[order]
    before = np.cumsum(quantity) - quantity
    starts = np.flatnonzero(np.diff(ours, prepend=-1))
    before -= np.repeat(before[starts], np.diff(np.append(starts, len(ours))))
    sold = np.zeros(len(flat), np.int64)
    sold[order] = np.clip(stock.on_hand.ravel()[ours] - before, 0, quantity)
    np.subtract.at(stock.on_hand, (place, sku), sold)
    return sold


def learn(stock: Stock, place: Ints, sku: Ints, sold: Ints, sent: Movements) -> None:
    """Update the running mean of what left each place; a morning without stock teaches nothing."""
    left = np.zeros(stock.mean.shape)
    np.add.at(left, (place, sku), sold)
    np.add.at(left, (sent.place, sent.sku), -sent.quantity)
    known = (stock.on_hand > 0) | (left > 0)
    stock.mean += np.where(known, MEMORY * (left - stock.mean), 0.0)
