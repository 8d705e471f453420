"""From carts to web orders: who goes to the checkout, who pays, and the events that say so."""

from __future__ import annotations

import numpy as np

from mesh_simulator.arrays import NOBODY, Floats, Ints, constant, pick_same
from mesh_simulator.baskets import CARD, WALLET, Baskets, Wishes
from mesh_simulator.browsing import BLOCK, CHECKOUT, PURCHASE, REMOVE, Cart, Events, some_events
from mesh_simulator.today import Today
from mesh_simulator.visits import Visits
from mesh_simulator.vocabulary import CITIES, COUNTRIES

HOME_COUNTRY = np.array([COUNTRIES.index(country) for _, _, country in CITIES])


def check_out(today: Today, visits: Visits, cart: Cart, blocks: Ints) -> tuple[Baskets, Wishes]:
    """Turn the carts of those who pay into baskets; only people with an account can."""
    rng = today.rng("checkout")
    filled = np.unique(cart.visit)
    pays = filled[(visits.customer[filled] >= 0) & (rng.random(len(filled)) < 0.66)]
    baskets = web_baskets(today, rng, visits, pays, paid_slot(blocks)[pays])
    kept = np.isin(cart.visit, pays)
    basket = np.searchsorted(pays, cart.visit[kept])
    return baskets, Wishes(basket, cart.sku[kept], cart.quantity[kept], constant(int(kept.sum()), 0))


def paid_slot(blocks: Ints) -> Floats:
    """The slot in which a visit of so many blocks would pay."""
    return 1 + BLOCK * blocks + 50.0


def web_baskets(today: Today, rng: np.random.Generator, visits: Visits, pays: Ints, slot: Floats) -> Baskets:
    """Describe honest web orders: mostly the customer's own card, device and country, and sometimes not."""
    customer = visits.customer[pays]
    payment = pick_same(rng, np.array([0.6, 0.0, 0.22, 0.15, 0.03]), len(pays))
    own = customer * 4 + (rng.random(len(pays)) < 0.2)
    new_device = rng.random(len(pays)) < 0.04
    device = np.where(new_device, 4_000_000_000 + rng.integers(0, 1_000_000_000, len(pays)), own)
    travels = rng.random(len(pays)) < 0.025
    home = HOME_COUNTRY[today.state.people.city[customer]]
    at = visits.at(pays, slot)
    return Baskets(
        customer=customer,
        shown=customer,
        place=constant(len(pays), today.warehouse),
        at=at,
        came=at,
        turn=at,
        session=pays,
        payment=payment,
        card=np.where(np.isin(payment, (CARD, WALLET)), own, NOBODY),
        device=device,
        country=np.where(travels, rng.integers(0, len(COUNTRIES), len(pays)), home),
        manner=constant(len(pays), 0),
        cause=visits.cause[pays],
    )


def checkout_events(
    visits: Visits, cart: Cart, paid: Floats, baskets: Baskets, missing: Wishes, order: Ints
) -> tuple[Events, Ints]:
    """Write removals of what was out of stock, checkouts of known customers, and purchases.

    Args:
        visits: All visits.
        cart: All carts.
        paid: The slot in which each visit pays, if it does.
        baskets: The web baskets.
        missing: Wishes of these baskets that stock could not meet at all.
        order: Each basket's order, NOBODY where nothing could be sold.

    Returns:
        The events and the order of each.
    """
    bought = order >= 0
    buyers = baskets.session[bought]
    emptied = baskets.session[~bought]
    others = np.setdiff1d(cart.visit, baskets.session)
    tempted = others[(visits.customer[others] >= 0) & (visits.start[others] % 3 == 0)]
    begin = np.concatenate([buyers, tempted, emptied])
    removed = baskets.session[missing.basket]
    events = some_events(REMOVE, removed, paid[removed] - 30, missing.sku).stack(
        some_events(CHECKOUT, begin, paid[begin] - 45),
        some_events(PURCHASE, buyers, paid[buyers]),
    )
    numbers = np.concatenate([constant(len(removed) + len(begin)), order[bought]])
    return events, numbers
