"""Baskets and the wishes in them: what somebody wants to buy, before stock decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Bools, Ints, Table, constant
from mesh_simulator.catalogue import SHARES
from mesh_simulator.today import Today
from mesh_simulator.vocabulary import CATEGORIES, STYLES

PAYMENTS = ("card", "cash", "wallet", "invoice", "gift_card")
CARD, CASH, WALLET, INVOICE, GIFT_CARD = range(5)
BULK = np.array([c.bulk for c in CATEGORIES])


@dataclass(slots=True)
class Baskets(Table):
    """One row a basket.

    Columns: customer (who it truly is), shown (whom the system sees), place, at, came and turn (milliseconds of the day
    of the payment, of the arrival at the till, and of being served), session (of the web shop), payment, card, device,
    country, manner (of fraud, 0 for none), cause (the campaign without which it would not have happened).
    """

    customer: Ints
    shown: Ints
    place: Ints
    at: Ints
    came: Ints
    turn: Ints
    session: Ints
    payment: Ints
    card: Ints
    device: Ints
    country: Ints
    manner: Ints
    cause: Ints


@dataclass(slots=True)
class Wishes(Table):
    """One row a product wished: its basket (a position), the product, how many; second marks a substitute."""

    basket: Ints
    sku: Ints
    quantity: Ints
    second: Ints


def together(*pairs: tuple[Baskets, Wishes]) -> tuple[Baskets, Wishes]:
    """Put the baskets of several systems below each other and let their wishes follow."""
    offsets = np.cumsum([0, *(len(baskets) for baskets, _ in pairs)])
    moved = [
        Wishes(wishes.basket + offset, wishes.sku, wishes.quantity, wishes.second)
        for (_, wishes), offset in zip(pairs, offsets, strict=False)
    ]
    return pairs[0][0].stack(*(baskets for baskets, _ in pairs[1:])), moved[0].stack(*moved[1:])


def choose(today: Today, rng: np.random.Generator, who: Ints, place: Ints) -> Ints:
    """Choose a product for each row: a favourite, or one of the customer's taste (the thrifty: the cheaper of two)."""
    people, ranges = today.state.people, today.state.catalogue.ranges()
    known, customer = who >= 0, np.maximum(who, 0)
    category = tastes(today, rng, who)
    in_style = rng.random(len(who)) < np.where(known, 0.5, 0.0)
    cell = category * len(STYLES)
    first = ranges[np.where(in_style, cell + people.style[customer], cell)]
    end = ranges[np.where(in_style, cell + people.style[customer] + 1, cell + len(STYLES))]
    one = today.shelf.draw(rng, place, first, end)
    two = today.shelf.draw(rng, place, first, end)
    price = today.state.catalogue.price * (1 - today.discount)
    thrift = np.where(known, people.thrift[customer], 0.5)
    chosen = np.where((price[two] < price[one]) & (rng.random(len(who)) < thrift), two, one)
    chosen = np.where(one < 0, today.shelf.draw(rng, place, ranges[cell], ranges[cell + len(STYLES)]), chosen)
    favourite = people.favourites[customer, rng.integers(0, people.favourites.shape[1], len(who))]
    again = known & (rng.random(len(who)) < 0.35) & today.shelf.carries(place, favourite)
    return np.where(again, favourite, chosen)


def tastes(today: Today, rng: np.random.Generator, who: Ints) -> Ints:
    """Choose a category for each row by the customer's taste, or everybody's."""
    draw = rng.random(len(who))
    everybody = np.searchsorted(np.cumsum(SHARES) / SHARES.sum(), draw)
    taste = today.state.people.taste[np.maximum(who, 0)]
    category = np.where(who >= 0, (taste < draw[:, None]).sum(axis=1), everybody)
    return np.minimum(category, len(CATEGORIES) - 1).astype(np.int64)


def quantities(today: Today, rng: np.random.Generator, sku: Ints) -> Ints:
    """How many of each product are wished: more of what is cheap to store, and more when it is discounted."""
    mean = BULK[today.state.catalogue.category[sku]] * 0.35 + 1.2 * today.discount[sku]
    return 1 + rng.poisson(mean)


def wishes_of(today: Today, rng: np.random.Generator, baskets: Baskets, lines: Ints) -> Wishes:
    """Fill baskets with a number of wishes each; what the place does not carry at all is not wished there."""
    basket = np.repeat(np.arange(len(baskets)), lines)
    sku = choose(today, rng, baskets.customer[basket], baskets.place[basket])
    basket, sku = basket[sku >= 0], sku[sku >= 0]
    return Wishes(basket, sku, quantities(today, rng, sku), constant(len(sku), 0))


def substitutes(today: Today, rng: np.random.Generator, baskets: Baskets, wishes: Wishes, missed: Bools) -> Wishes:
    """Let half of those who miss a product in a store take another of its category and style."""
    accepts = missed & (baskets.place[wishes.basket] != today.warehouse) & (rng.random(len(wishes)) < 0.5)
    old = wishes.where(accepts)
    ranges, cell = today.state.catalogue.ranges(), today.state.catalogue.cell[old.sku]
    sku = today.shelf.draw(rng, baskets.place[old.basket], ranges[cell], ranges[cell + 1])
    other = (sku != old.sku) & (sku != NOBODY)
    return Wishes(old.basket[other], sku[other], old.quantity[other], constant(int(other.sum()), 1))
