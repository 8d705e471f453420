"""Fraudsters: bursts with stolen cards, taken-over accounts, card testing, and refund abuse in stores.

Their orders run through the same shop, stock and systems as everybody's. Reports come days later, not for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Ints, constant, mixed
from mesh_simulator.baskets import CARD, CASH, WALLET, Baskets, Wishes
from mesh_simulator.browsing import ADD, PAGE_VIEW, PRODUCT_VIEW, Events, some_events
from mesh_simulator.customers import Customers, newcomers
from mesh_simulator.ids import MS_PER_DAY
from mesh_simulator.today import Today
from mesh_simulator.visits import LONGEST_MS, Visits
from mesh_simulator.vocabulary import COUNTRIES

MANNERS = ("none", "stolen_card", "account_takeover", "card_testing", "refund_abuse")
STOLEN, TAKEOVER, TESTING, REFUND = range(1, 5)
A_DAY = {STOLEN: 0.28, TAKEOVER: 0.75, TESTING: 0.07, REFUND: 0.45}
"""Attacks a day in a world of scale 1."""
SMALLEST = 0.05
"""Worlds smaller than this have as many attacks as one of this scale, so that they have some."""
PAID_SLOT = 80.0
CHARGEBACK, CONFIRMED = 0, 1
REPORTS = ("chargeback", "confirmed_fraud")


@dataclass(slots=True)
class Attacks:
    """The day's fraudulent web orders: one visit each."""

    visits: Visits
    baskets: Baskets
    wishes: Wishes
    events: Events
    accounts: Customers


def attacks(today: Today) -> Attacks:
    """Draw the day's attacks on the web shop; new accounts that they open belong to the customers from now on."""
    rng = today.rng("fraud")
    plans = [
        _attack(today, rng, manner)
        for manner in (STOLEN, TAKEOVER, TESTING)
        for _ in range(_number(today, rng, manner))
    ]
    accounts = _accounts(today, sum(manner != TAKEOVER for manner, *_ in plans))
    fresh = iter(range(len(today.state.people), len(today.state.people) + len(accounts)))
    parts = [_orders(today, rng, i, customer if customer >= 0 else next(fresh), manner, count, start)
             for i, (manner, customer, count, start) in enumerate(plans)]  # fmt: skip
    opened = [start - 600_000 for manner, _, _, start in plans if manner != TAKEOVER]
    accounts.joined_at = np.array(opened, np.int64)
    if not parts:
        nothing = _orders(today, rng, 0, 0, STOLEN, 0, 0)
        return Attacks(*nothing, _events(*nothing), accounts)
    visits = parts[0][0].stack(*(v for v, _, _ in parts[1:]))
    offsets = np.cumsum([0, *(len(v) for v, _, _ in parts)])
    baskets = parts[0][1].stack(*(b for _, b, _ in parts[1:]))
    baskets.session = np.arange(len(baskets))
    moved = [Wishes(w.basket + o, w.sku, w.quantity, w.second) for (_, _, w), o in zip(parts, offsets, strict=False)]
    wishes = moved[0].stack(*moved[1:])
    return Attacks(visits, baskets, wishes, _events(visits, baskets, wishes), accounts)


def _number(today: Today, rng: np.random.Generator, manner: int) -> int:
    return int(rng.poisson(A_DAY[manner] * max(today.world.scale, SMALLEST)))


def _attack(today: Today, rng: np.random.Generator, manner: int) -> tuple[int, int, int, int]:
    """Draw one attack: its manner, the account (NOBODY for a new one), its number of orders and its start."""
    count = {STOLEN: rng.integers(3, 9), TAKEOVER: rng.integers(1, 4), TESTING: rng.integers(8, 22)}[manner]
    alive = np.flatnonzero(today.energy > 0)
    customer = int(rng.choice(alive)) if manner == TAKEOVER and len(alive) else NOBODY
    start = int(rng.integers(3_600_000, MS_PER_DAY - 4 * 3_600_000))
    return (manner, customer, int(count), start) if manner != TAKEOVER or customer >= 0 else (STOLEN, NOBODY, 3, start)


def _accounts(today: Today, count: int) -> Customers:
    """Open accounts under invented names."""
    state = today.state
    people = newcomers(today.world, today.day, count, state.catalogue, state.stores, system="false accounts")
    people.fake = np.ones(count, np.bool_)
    people.marketing = np.zeros(count, np.bool_)
    return people


def _orders(
    today: Today, rng: np.random.Generator, number: int, customer: int, manner: int, count: int, start: int
) -> tuple[Visits, Baskets, Wishes]:
    """Draw the orders of one attack: one device, foreign country, a card of their own or the victim's."""
    gap = {STOLEN: 600_000, TAKEOVER: 1_500_000, TESTING: 60_000}[manner]
    begin = np.minimum(start + np.cumsum(rng.integers(gap // 3, gap, count)), MS_PER_DAY - LONGEST_MS)
    device = 3_000_000_000 + today.day * 10_000 + number
    visits = Visits(
        customer=constant(count, customer),
        visitor=mixed(constant(count, device), 1),
        start=begin,
        pace=rng.integers(250, 700, count),
        logged_in=constant(count, 1),
        campaign=constant(count),
        cause=constant(count),
        referrer=constant(count, 0),
        variant=constant(count),
    )
    stolen = 2_000_000_000 + today.day * 100_000 + number * 100 + np.arange(count) // (2 if manner == STOLEN else 1)
    own = manner == TAKEOVER
    at = visits.at(np.arange(count), np.full(count, PAID_SLOT))
    hidden = rng.random() < 0.35  # behind a proxy in the victim's country
    baskets = Baskets(
        customer=constant(count, customer),
        shown=constant(count, customer),
        place=constant(count, today.warehouse),
        at=at,
        came=at,
        turn=at,
        session=np.arange(count),
        payment=constant(count, CARD) if not own else rng.choice([CARD, WALLET], count).astype(np.int64),
        card=constant(count, customer * 4) if own else stolen,
        device=constant(count, device),
        country=constant(count, 0 if hidden else int(rng.integers(4, len(COUNTRIES)))),
        manner=constant(count, manner),
        cause=constant(count),
    )
    return visits, baskets, _loot(today, rng, manner, count)


def _loot(today: Today, rng: np.random.Generator, manner: int, count: int) -> Wishes:
    """Choose what is bought: what is dear and easily sold on, or the cheapest thing to see whether a card works."""
    price = today.state.catalogue.price
    dear = np.argsort(price, kind="stable")
    few = max(5, len(dear) // 12)
    lines = constant(count, 1) if manner == TESTING else rng.integers(1, 4, count)
    basket = np.repeat(np.arange(count), lines)
    among = dear[:few] if manner == TESTING else dear[-3 * few :]
    sku = rng.choice(among, len(basket))
    quantity = constant(len(basket), 1) if manner == TESTING else rng.integers(1, 4, len(basket))
    return Wishes(basket, sku, quantity, constant(len(basket), 0))


def _events(visits: Visits, baskets: Baskets, wishes: Wishes) -> Events:
    """Write what the shop sees before the checkout: hardly any browsing."""
    visit = baskets.session[wishes.basket]
    step = np.asarray(np.arange(len(visit)) % 3 * 8.0, np.float64)
    pages = some_events(PAGE_VIEW, np.arange(len(visits)), np.zeros(len(visits)))
    views = some_events(PRODUCT_VIEW, visit, 2 + step, wishes.sku)
    return pages.stack(views, some_events(ADD, visit, 5 + step, wishes.sku))


def refund_abuse(today: Today, rng: np.random.Generator) -> dict[str, Ints]:
    """Draw refunds in stores for goods that were never bought: the same few people again and again."""
    people = today.state.people
    count = _number(today, rng, REFUND)
    prone = np.flatnonzero((people.joined < 0) & (np.arange(len(people)) % 331 == 7) & (people.lapses > 0))
    who = rng.choice(prone, count) if len(prone) else np.zeros(0, np.int64)
    repeat = np.repeat(who, rng.integers(1, 3, len(who)))
    size = len(repeat)
    dear = np.argsort(-today.state.catalogue.price, kind="stable")[: max(10, len(today.wanted) // 4)]
    sku = rng.choice(dear, size)
    return {
        "customer": repeat.astype(np.int64),
        "place": rng.integers(0, today.world.stores, size),
        "sku": sku,
        "quantity": rng.integers(1, 3, size),
        "price": today.state.catalogue.price[sku],
        "payment": constant(size, CASH),
        "card": constant(size),
    }


def schedule_reports(today: Today, order: Ints, manner: Ints) -> None:
    """Schedule what the payments back office will learn: never sooner than four days later, some never."""
    rng = today.rng("fraud reports")
    bank = (manner != REFUND) & (rng.random(len(order)) < 0.85)
    delay = 4 + np.minimum(rng.gamma(2.0, 7.0, len(order)), 50).astype(np.int64)
    kinds = constant(int(bank.sum()), CHARGEBACK)
    today.state.reports.add(today.day + delay[bank], order=order[bank], kind=kinds)
    own = rng.random(len(order)) < np.where(manner == REFUND, 0.8, 0.35)
    found = 4 + rng.integers(0, 8, len(order))
    today.state.reports.add(today.day + found[own], order=order[own], kind=constant(int(own.sum()), CONFIRMED))
