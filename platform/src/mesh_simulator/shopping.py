"""A day's shopping: stores, web shop and fraudsters compete for the same stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mesh_simulator.arrays import NOBODY, Bools, Floats, Ints, constant
from mesh_simulator.baskets import Baskets, Wishes, substitutes, together
from mesh_simulator.browsing import Cart, Events, browse
from mesh_simulator.fraud import PAID_SLOT, attacks
from mesh_simulator.stock import sell
from mesh_simulator.till import visit_stores
from mesh_simulator.today import Today
from mesh_simulator.visits import Visits, come
from mesh_simulator.web_events import event_rows
from mesh_simulator.web_orders import check_out, checkout_events, paid_slot


@dataclass(frozen=True, slots=True)
class Shopped:
    """What a day's shoppers did.

    Args:
        visits: The visits to the web shop.
        paid: The slot in which each visit pays, if it does.
        events: Their events up to the cart.
        cart: Their carts.
        baskets: All baskets of the day.
        wishes: What was wished in them, substitutes last.
        got: How much of each wish stock met.
    """

    visits: Visits
    paid: Floats
    events: Events
    cart: Cart
    baskets: Baskets
    wishes: Wishes
    got: Ints

    @property
    def missed(self) -> Bools:
        """The first choices that stock did not meet in full."""
        return np.asarray((self.got < self.wishes.quantity) & (self.wishes.second == 0), np.bool_)

    def event_rows(self, today: Today, orders: Ints) -> pl.DataFrame:
        """Write the web shop's events, purchases included.

        Args:
            today: The day.
            orders: The order of each basket, NOBODY where nothing was sold.
        """
        online = np.flatnonzero(self.baskets.session >= 0)
        empty = self.wishes.where((self.got == 0) & np.isin(self.wishes.basket, online))
        empty.basket = np.searchsorted(online, empty.basket)
        last, numbers = checkout_events(
            self.visits, self.cart, self.paid, self.baskets.where(online), empty, orders[online]
        )
        order = np.concatenate([constant(len(self.events), NOBODY), numbers])
        return event_rows(today, self.visits, self.events.stack(last), order)


def shop(today: Today) -> Shopped:
    """Let everybody shop."""
    in_stores = visit_stores(today)
    visits = come(today)
    events, cart, blocks = browse(today, visits)
    on_the_web = check_out(today, visits, cart, blocks)
    attack = attacks(today)
    today.state.people = today.state.people.stack(attack.accounts)
    attack.baskets.session += len(visits)
    attack.events.visit += len(visits)
    baskets, wishes = together(in_stores, on_the_web, (attack.baskets, attack.wishes))
    wishes, got = _serve(today, baskets, wishes)
    return Shopped(
        visits=visits.stack(attack.visits),
        paid=np.concatenate([paid_slot(blocks), np.full(len(attack.visits), PAID_SLOT)]),
        events=events.stack(attack.events),
        cart=cart,
        baskets=baskets,
        wishes=wishes,
        got=got,
    )


def _serve(today: Today, baskets: Baskets, wishes: Wishes) -> tuple[Wishes, Ints]:
    """Meet wishes from stock, first come first served; then substitutes from what is left in the evening."""
    stock = today.state.stock
    got = sell(stock, baskets.place[wishes.basket], wishes.sku, baskets.at[wishes.basket], wishes.quantity)
    second = substitutes(today, today.rng("substitutes"), baskets, wishes, got == 0)
    more = sell(stock, baskets.place[second.basket], second.sku, baskets.at[second.basket], second.quantity)
    return wishes.stack(second), np.concatenate([got, more])
