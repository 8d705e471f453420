"""Store visits that end at the till: who comes, when, how long they queue, how they pay."""

from __future__ import annotations

import numpy as np

from mesh_simulator.arrays import NOBODY, Floats, Ints, constant, pick, pick_same
from mesh_simulator.baskets import CARD, WALLET, Baskets, Wishes, wishes_of
from mesh_simulator.ids import MS_PER_DAY
from mesh_simulator.today import Today

KNOWN_ORDERS = 0.047
"""Store orders a day of an ordinary customer who never buys on the web."""
UNKNOWN_ORDERS = 170.0
"""Store orders a day, in a world of scale 1, of people without an account."""
LINES = 1.45
"""Products in a basket beyond the first."""
ORDERS_A_TILL = 110.0
"""Expected orders a day for which a store keeps one more till open."""


def visit_stores(today: Today) -> tuple[Baskets, Wishes]:
    """Simulate today's store purchases up to the moment when stock decides."""
    rng = today.rng("store orders")
    customer, place, cause = _shoppers(today, rng)
    came = arrivals(today, rng, place)
    lines = 1 + rng.poisson(LINES * np.where(customer >= 0, today.state.people.income[customer] ** 0.4, 1.0))
    wait, service = queue(today, rng, place, came, lines)
    payment = pick_same(rng, np.array([0.62, 0.26, 0.10, 0.0, 0.02]), len(place))
    baskets = Baskets(
        customer=customer,
        shown=np.where(rng.random(len(place)) < 0.08, NOBODY, customer),
        place=place,
        at=np.minimum(came + wait + service, MS_PER_DAY - 1),
        came=came,
        turn=came + wait,
        session=constant(len(place)),
        payment=payment,
        card=cards(rng, customer, payment),
        device=constant(len(place)),
        country=constant(len(place)),
        manner=constant(len(place), 0),
        cause=cause,
    )
    return baskets, wishes_of(today, rng, baskets, lines)


def _shoppers(today: Today, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Draw who buys in which store, and which campaign caused it."""
    people, stores = today.state.people, today.state.stores
    rate = KNOWN_ORDERS * today.energy * (1 - people.online) * today.busyness[people.home]
    count = rng.poisson(rate * today.influence.factor)
    customer = np.repeat(np.arange(len(people)), count)
    elsewhere = rng.random(len(customer)) < 0.12
    place = np.where(elsewhere, rng.integers(0, len(stores), len(customer)), people.home[customer])
    share = today.busyness * stores.size / stores.size.sum()
    unknown = rng.poisson(UNKNOWN_ORDERS * today.world.scale * share)
    nobody = constant(int(unknown.sum()))
    cause = np.concatenate([today.influence.causes(rng, customer), nobody])
    return (
        np.concatenate([customer, nobody]),
        np.concatenate([place, np.repeat(np.arange(len(stores)), unknown)]),
        cause,
    )


def arrivals(today: Today, rng: np.random.Generator, place: Ints) -> Ints:
    """Draw when people come, in milliseconds of the day, by each store's rhythm."""
    hour = pick(rng, today.state.stores.hours(today.date.weekday())[place])
    return hour * 3_600_000 + rng.integers(0, 3_600_000, len(place))


def tills(today: Today) -> Floats:
    """How many tills each store keeps open."""
    expected = 420.0 * today.world.scale * today.state.stores.size / today.state.stores.size.sum()
    return np.asarray(np.ceil(expected / ORDERS_A_TILL), np.float64)


def queue(today: Today, rng: np.random.Generator, place: Ints, came: Ints, lines: Ints) -> tuple[Ints, Ints]:
    """Let people wait for their turn: Lindley's recursion, summed up instead of stepped through.

    A store's tills are treated as one that is as many times as fast.

    Returns:
        The wait and the service of each shopper in milliseconds.
    """
    service = (rng.gamma(3.0, 35_000.0, len(place)) + 14_000.0 * lines) / tills(today)[place]
    order = np.lexsort((came, place))
    at = came[order] + place[order] * 10.0 * MS_PER_DAY  # far apart: no store waits for another
    done = np.cumsum(service[order])
    slack = np.concatenate([[0.0], done[:-1]]) - at
    wait = np.zeros(len(place))
    wait[order] = slack - np.minimum.accumulate(slack) if len(place) else 0.0
    return wait.astype(np.int64), service.astype(np.int64)


def cards(rng: np.random.Generator, customer: Ints, payment: Ints) -> Ints:
    """Choose the card behind each payment: customers have two, strangers any."""
    own = customer * 4 + (rng.random(len(customer)) < 0.2)
    stranger = 1_000_000_000 + rng.integers(0, 200_000_000, len(customer))
    return np.where(np.isin(payment, (CARD, WALLET)), np.where(customer >= 0, own, stranger), NOBODY)
