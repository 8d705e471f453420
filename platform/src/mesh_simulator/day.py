"""One day of the world: everybody acts, every system writes, and the world remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from mesh_simulator import stock
from mesh_simulator.arrays import Ints, positions_within
from mesh_simulator.baskets import Baskets
from mesh_simulator.campaigns import Members, choose_audience, plan, plans_made
from mesh_simulator.customers import begin_to_leave, newcomers
from mesh_simulator.fraud import REPORTS, schedule_reports
from mesh_simulator.ids import instants, look, numbered, written
from mesh_simulator.ledger import ledger_rows, trade
from mesh_simulator.marketing_rows import audience_rows, campaign_rows, promotion_rows, spend_rows
from mesh_simulator.masters import location_rows, product_rows
from mesh_simulator.orders import Lines, number_orders, order_rows, returned_lines, schedule_returns, sold_lines
from mesh_simulator.posts import post_rows, schedule_posts
from mesh_simulator.profiles import change_profiles, profile_rows
from mesh_simulator.promotions import Promotions, make_promotions
from mesh_simulator.sensors import sensor_rows
from mesh_simulator.shopping import Shopped, shop
from mesh_simulator.state import State
from mesh_simulator.today import Today
from mesh_simulator.truth import demand_truth, order_truth, promotion_truth
from mesh_simulator.world import Parameters

SIGN_UPS = 0.003
"""Sign-ups a day, against the customers of the first day."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one day left: rows by source ("sales/order_lines") and truth by name ("demand")."""

    number: int
    rows: Mapping[str, pl.DataFrame]
    truth: Mapping[str, pl.DataFrame]


def live_a_day(world: Parameters, state: State, day: int) -> Day:
    """Let the world live one day; the state changes in place."""
    members, promotions = _morning(world, state, day)
    today = Today.begin(world, state, day)
    products = product_rows(today, np.arange(world.skus)) if day == 0 else None
    before = state.stock.on_hand.copy() if day else np.zeros_like(state.stock.on_hand)
    opened = stock.Movements.empty() if day else stock.opening(state.stock)
    moved = opened.stack(stock.night(world, day, state.stock, state.arrivals, state.catalogue, state.carried))
    shopped = shop(today)
    sold, back, orders = _orders(today, shopped)
    lines = sold.stack(back).where(np.argsort(np.concatenate([sold.order, back.order]), kind="stable"))
    rows = {
        "inventory/locations": location_rows(today),
        "inventory/stock_movements": ledger_rows(today, before, moved.stack(trade(sold, back))),
        "sales/order_lines": order_rows(today, lines),
        "sales/fraud_reports": _reports(today),
        "sales/store_sensors": _sensors(today, shopped.baskets, back),
        "marketing/web_events": shopped.event_rows(today, orders),
        "marketing/campaigns": campaign_rows(world, plans_made(world, day)),
        "marketing/campaign_audience": audience_rows(members),
        "marketing/campaign_spend": spend_rows(world, day),
        "marketing/promotions": promotion_rows(world, promotions),
    }
    truth = {
        "orders": order_truth(lines),
        "demand": demand_truth(today, shopped.baskets, shopped.wishes),
        "promotions": promotion_truth(state.catalogue, promotions),
    }
    _remember(today, shopped, sold, back, moved)
    changed = state.catalogue.change_prices(today.rng("prices"))
    rows["inventory/product_master"] = product_rows(today, changed) if products is None else products
    rows["customers/profiles"] = profile_rows(world, day, state.people, change_profiles(world, day, state.people))
    rows["customers/posts"], truth["posts"] = post_rows(today)
    return Day(day, rows, truth)


def _morning(world: Parameters, state: State, day: int) -> tuple[Members, Promotions]:
    """Sign new customers up, plan campaigns and promotions, forget those that are over."""
    if day:
        count = int(world.rng("growth", day).poisson(SIGN_UPS * world.customers))
        state.people = state.people.stack(newcomers(world, day, count, state.catalogue, state.stores))
    audience = Members.empty().stack(*(choose_audience(world, p, state.people) for p in plans_made(world, day)))
    over = [number for number in np.unique(state.members.campaign) if plan(world, int(number)).ends < day]
    state.members = state.members.where(~np.isin(state.members.campaign, over)).stack(audience)
    promotions = make_promotions(world, day, state.catalogue, state.counters["promotions"])
    state.count("promotions", len(np.unique(promotions.number)))
    state.promotions = state.promotions.where(state.promotions.ends >= day).stack(promotions)
    return audience, promotions


def _orders(today: Today, shopped: Shopped) -> tuple[Lines, Lines, Ints]:
    """Number what was sold and returned."""
    count = len(shopped.baskets)
    sold = sold_lines(today, shopped.baskets, shopped.wishes, shopped.got)
    lines, orders = number_orders(today, sold.stack(returned_lines(today, count)), count)
    return lines.where(lines.quantity > 0), lines.where(lines.quantity < 0), orders


def _sensors(today: Today, baskets: Baskets, back: Lines) -> pl.DataFrame:
    in_store = baskets.where(baskets.place < today.warehouse)
    return sensor_rows(today, in_store.place, in_store.came, in_store.turn, in_store.at, back)


def _reports(today: Today) -> pl.DataFrame:
    """Write what the payments back office learnt today."""
    due = today.state.reports.take(today.day)
    at = np.sort(today.rng("report times").integers(8 * 3_600_000, 18 * 3_600_000, len(due["due"])))
    return written(
        {
            "order_id": numbered("O", due["order"] + 1, 9),
            "reported_at": instants(today.date, at),
            "kind": look(REPORTS, due["kind"]),
        }
    )


def _remember(today: Today, shopped: Shopped, sold: Lines, back: Lines, moved: stock.Movements) -> None:
    """Let the day have its consequences."""
    state, people = today.state, today.state.people
    np.add.at(state.stock.on_hand, (back.place, back.sku), -back.quantity)
    first = shopped.wishes.second == 0
    place, sku = shopped.baskets.place[shopped.wishes.basket], shopped.wishes.sku
    stock.learn(state.stock, place, sku, shopped.got, moved.where(moved.kind == stock.TRANSFER_OUT))
    bought = sold.where((sold.shown >= 0) & (sold.manner == 0))
    np.add.at(people.spent, bought.shown, bought.amount())
    missed = shopped.baskets.customer[shopped.wishes.basket[first & (shopped.got == 0)]]
    np.add.at(people.annoyed, missed[missed >= 0], 0.5)
    np.add.at(people.annoyed, bought.shown, 0.15 * (state.catalogue.quality[bought.sku] < -1))
    schedule_returns(today, sold)
    crooked = sold.stack(back)
    crooked = crooked.where(crooked.manner > 0)
    crooked = crooked.where(np.argsort(crooked.order, kind="stable"))
    crooked = crooked.where(positions_within(crooked.order) == 0)
    schedule_reports(today, crooked.order, crooked.manner)
    schedule_posts(today, sold, shopped.baskets, shopped.wishes, shopped.missed)
    grown = np.ones(len(people) - len(today.influence.protected))
    begin_to_leave(today.world, today.day, people, np.concatenate([today.influence.protected, grown]))
