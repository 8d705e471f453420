"""What happens within visits: pages, searches, lists with their positions, clicks, and what is put into the cart.

A visit is a row of blocks; a block is a list of products that a search or a category page shows. How likely a product
is clicked depends on its position (it must be seen first) and on how it suits the customer; how likely it is bought, on
how it suits the customer only. Actions stand in slots, which the visit's pace turns into times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Bools, Floats, Ints, Table, constant
from mesh_simulator.baskets import quantities, tastes
from mesh_simulator.experiments import effects
from mesh_simulator.today import Today
from mesh_simulator.visits import Visits
from mesh_simulator.vocabulary import STYLES, TYPOS

KINDS = (
    "page_view", "search", "impression", "product_view", "add_to_cart", "remove_from_cart", "checkout", "purchase",
)  # fmt: skip
PAGE_VIEW, SEARCH, IMPRESSION, PRODUCT_VIEW, ADD, REMOVE, CHECKOUT, PURCHASE = range(8)
LISTED = 5
"""Products that a list shows."""
SEEN = np.arange(1, LISTED + 1) ** -0.7
"""How likely each position of a list is looked at."""
BLOCK = 100.0
"""Slots of a block."""
CLICK, BUY = -1.5, -2.2
"""Logits of clicking on what was seen, and of adding to the cart what was opened."""


@dataclass(slots=True)
class Events(Table):
    """One row an event: its visit (a position), its slot, its kind and what it is about."""

    visit: Ints
    slot: Floats
    kind: Ints
    sku: Ints
    query: Ints
    position: Ints


@dataclass(slots=True)
class Cart(Table):
    """One row a product in a visit's cart."""

    visit: Ints
    sku: Ints
    quantity: Ints


def some_events(
    kind: int,
    visit: Ints,
    slot: Floats,
    sku: Ints | None = None,
    query: Ints | None = None,
    position: Ints | None = None,
) -> Events:
    """Make events of one kind."""
    none = constant(len(visit))
    return Events(
        visit=visit,
        slot=np.asarray(slot, np.float64),
        kind=constant(len(visit), kind),
        sku=none if sku is None else sku,
        query=none if query is None else query,
        position=none if position is None else position,
    )


def browse(today: Today, visits: Visits) -> tuple[Events, Cart, Ints]:
    """Simulate today's browsing.

    Returns:
        The events up to the cart, the carts, and each visit's number of blocks.
    """
    rng = today.rng("browsing")
    blocks = np.minimum(rng.geometric(0.55, len(visits)), 5).astype(np.int64)
    visit = np.repeat(np.arange(len(visits)), blocks)
    base = 1 + BLOCK * (np.arange(len(visit)) - np.repeat(np.cumsum(blocks) - blocks, blocks))
    lists, listed = _lists(today, rng, visits, visit, base)
    row, column = np.nonzero(_clicks(today, rng, visits, visit, listed))
    direct = np.flatnonzero((visits.customer >= 0) & (rng.random(len(visits)) < 0.22))
    favourites = today.state.people.favourites[visits.customer[direct], rng.integers(0, 5, len(direct))]
    viewed = np.concatenate([visit[row], direct])
    sku = np.concatenate([listed[row, column], favourites])
    slot = np.concatenate([base[row] + 18 + 8 * column, np.full(len(direct), 75.0)]) + 3 * rng.random(len(viewed))
    position = np.concatenate([column + 1, constant(len(direct))])
    added = _adds(today, rng, visits, viewed, sku)
    start = some_events(PAGE_VIEW, np.arange(len(visits)), np.zeros(len(visits)))
    views = some_events(PRODUCT_VIEW, viewed, slot, sku, position=position)
    adds = some_events(ADD, viewed[added], slot[added] + 3.5, sku[added])
    cart = Cart(viewed[added], sku[added], quantities(today, rng, sku[added]))
    return start.stack(lists, views, adds), cart, blocks


def _lists(today: Today, rng: np.random.Generator, visits: Visits, visit: Ints, base: Floats) -> tuple[Events, Ints]:
    """Show a list in each block, most wanted products first, as far as they differ."""
    category = tastes(today, rng, visits.customer[visit])
    ranges = today.state.catalogue.ranges()
    first, end = ranges[category * len(STYLES)], ranges[(category + 1) * len(STYLES)]
    flat = today.shelf.draw(
        rng, constant(len(visit) * LISTED, today.warehouse), np.repeat(first, LISTED), np.repeat(end, LISTED)
    )
    listed = flat.reshape(-1, LISTED)
    listed = np.take_along_axis(listed, np.argsort(-today.wanted[listed], axis=1, kind="stable"), axis=1)
    listed[:, 1:][listed[:, 1:] == listed[:, :-1]] = NOBODY
    row, column = np.nonzero(listed >= 0)
    searched = rng.random(len(visit)) < 0.45
    noun = today.state.catalogue.noun[listed[:, 0]]
    query = (category * 4 + noun) * len(TYPOS) + np.minimum(rng.geometric(0.5, len(visit)) - 1, len(TYPOS) - 1)
    shown = some_events(IMPRESSION, visit[row], base[row] + 4 + 0.1 * column, listed[row, column], position=column + 1)
    looks = some_events(SEARCH, visit[searched], base[searched], query=query[searched])
    pages = some_events(PAGE_VIEW, visit[~searched], base[~searched])
    return shown.stack(looks, pages), listed


def suits(today: Today, customer: Ints, sku: Ints) -> Floats:
    """How well products suit customers: style, quality, price for the thrifty, and favourites."""
    people, goods = today.state.people, today.state.catalogue
    known, who = customer >= 0, np.maximum(customer, 0)
    match = known & (people.style[who] == goods.cell[sku] % len(STYLES))
    dear = np.log(goods.price[sku] * (1 - today.discount[sku]) / goods.base_price[sku])
    favourite = known & (people.favourites[who] == sku[:, None]).any(axis=1)
    thrift = np.where(known, people.thrift[who], 0.5)
    return np.asarray(1.1 * match + 0.35 * goods.quality[sku] - 2.5 * thrift * dear + 0.8 * favourite, np.float64)


def _clicks(today: Today, rng: np.random.Generator, visits: Visits, visit: Ints, listed: Ints) -> Bools:
    """Which listed products are opened: first they must be seen, then they must please."""
    customer = np.repeat(visits.customer[visit], LISTED)
    click, _ = effects(today.experiment, visits.variant[visit])
    suit = suits(today, customer, np.maximum(listed.ravel(), 0)).reshape(-1, LISTED)
    chance = SEEN / (1 + np.exp(-(CLICK + 0.8 * suit + click[:, None])))
    return np.asarray((rng.random(listed.shape) < chance) & (listed >= 0), np.bool_)


def _adds(today: Today, rng: np.random.Generator, visits: Visits, visit: Ints, sku: Ints) -> Bools:
    """Which opened products go into the cart; the lapsed put nothing there."""
    customer = visits.customer[visit]
    _, cart = effects(today.experiment, visits.variant[visit])
    chance = 1 / (1 + np.exp(-(BUY + suits(today, customer, sku) + cart)))
    buys = (customer < 0) | today.state.people.alive(today.day)[np.maximum(customer, 0)]
    return np.asarray((rng.random(len(visit)) < chance) & buys, np.bool_)
