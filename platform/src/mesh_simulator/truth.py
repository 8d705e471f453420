"""The truth about the world, which only evaluation may read: never a pipeline.

| table | a row is |
|---|---|
| customers | a customer: lapsed_on (no purchase from that day onwards), tastes and habits |
| products | a product: quality, popularity, elasticity, season |
| campaigns | a campaign: lift of its treated customers' visits and purchases, reduction of their hazard of leaving |
| experiments | a variant of an experiment: its effects, and whether assignments get lost |
| orders/ | an order: fraud and its manner, and the campaign without which it would not have happened |
| demand/ | a product, place and day: how many were wished, whether there or not |
| promotions/ | a promotion and product: how many times as likely it makes the product's choice |
| posts/ | a post: its sentiment and theme, and the product behind it |
| injected/ | a bad record: its file and line, its kind, and how it was spoilt |

Tables with a slash have a file a day. A campaign's incremental revenue is the revenue of the orders that it caused.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_simulator.arrays import positions_within
from mesh_simulator.baskets import Baskets, Wishes
from mesh_simulator.campaigns import EVERY_DAYS, plan
from mesh_simulator.catalogue import Catalogue
from mesh_simulator.customers import NEVER
from mesh_simulator.experiments import EVERY_DAYS as EXPERIMENT_DAYS
from mesh_simulator.experiments import LENGTH_DAYS, VARIANTS, experiment
from mesh_simulator.fraud import MANNERS
from mesh_simulator.ids import cents, look, numbered, place_names, written
from mesh_simulator.marketing_rows import campaign_ids, promotion_ids
from mesh_simulator.orders import Lines
from mesh_simulator.promotions import Promotions
from mesh_simulator.state import State
from mesh_simulator.today import Today
from mesh_simulator.vocabulary import CATEGORIES, STYLES
from mesh_simulator.world import Parameters


def order_truth(lines: Lines) -> pl.DataFrame:
    """The truth about today's orders: fraud and its manner, and the campaign that caused them."""
    heads = lines.where(positions_within(lines.order) == 0)
    revenue = np.bincount(lines.order - heads.order[0], lines.amount()) if len(lines) else np.zeros(0)
    return written(
        {
            "order_id": numbered("O", heads.order + 1, 9),
            "customer_id": numbered("C", heads.customer, 7),
            "fraud": heads.manner > 0,
            "manner": look(MANNERS, heads.manner),
            "caused_by": campaign_ids(heads.cause),
            "revenue": cents(np.round(revenue).astype(np.int64)),
        }
    )


def demand_truth(today: Today, baskets: Baskets, wishes: Wishes) -> pl.DataFrame:
    """What was wished, whether there or not: products and places without any wish are left out."""
    first = wishes.where(wishes.second == 0)
    width = today.world.skus
    flat = baskets.place[first.basket] * width + first.sku
    wished = np.bincount(flat, first.quantity, (today.world.stores + 1) * width).astype(np.int64)
    some = np.flatnonzero(wished)
    return written(
        {
            "day": pl.repeat(today.date, len(some), dtype=pl.Date, eager=True),
            "location_id": look(place_names(today.world.stores), some // width),
            "sku": numbered("P", some % width + 1, 5),
            "demanded": wished[some],
        }
    )


def promotion_truth(catalogue: Catalogue, made: Promotions) -> pl.DataFrame:
    """How many times as likely each promotion makes its product's choice."""
    factor = (1 - made.percent / 100.0) ** -catalogue.elasticity[made.sku]
    return written(
        {
            "promotion_id": promotion_ids(made.number),
            "sku": numbered("P", made.sku + 1, 5),
            "demand_factor": np.asarray(factor, np.float64),
        }
    )


def world_truth(world: Parameters, state: State, days: int) -> dict[str, pl.DataFrame]:
    """The truth that is one table for the whole world, as it stands after so many days."""
    return {
        "customers": customer_truth(world, state, days),
        "products": product_truth(state.catalogue),
        "campaigns": campaign_truth(world, days),
        "experiments": experiment_truth(world, days),
    }


def customer_truth(world: Parameters, state: State, days: int) -> pl.DataFrame:
    """Who has lapsed and when, and what moves each customer; a customer buys nothing from lapsed_on onwards."""
    people = state.people
    lapsed = [world.date_of(int(d)) if d < min(days, NEVER) else None for d in people.lapses]
    home = look(place_names(world.stores), people.home)
    return written(
        {
            "customer_id": numbered("C", np.arange(len(people)), 7),
            "lapsed_on": pl.Series(lapsed, dtype=pl.Date),
            "false_account": people.fake,
            "activity": people.activity,
            "online": people.online,
            "income": people.income,
            "thrift": people.thrift,
            "style": look(STYLES, people.style),
            "home_store": home,
        }
    )


def product_truth(goods: Catalogue) -> pl.DataFrame:
    """What moves each product's demand."""
    return written(
        {
            "sku": numbered("P", np.arange(len(goods)) + 1, 5),
            "category": look([c.name for c in CATEGORIES], goods.category),
            "style": look(STYLES, goods.cell % len(STYLES)),
            "quality": goods.quality,
            "popularity": goods.popularity,
            "elasticity": goods.elasticity,
            "season": goods.season,
            "peak_day": goods.peak,
        }
    )


def campaign_truth(world: Parameters, days: int) -> pl.DataFrame:
    """Each campaign's true effect on its treated customers; what it caused is in the orders' truth."""
    plans = [p for p in (plan(world, number) for number in range(days // EVERY_DAYS + 1)) if p.created < days]
    return written(
        {
            "campaign_id": campaign_ids(np.array([p.number for p in plans], np.int64)),
            "lift": pl.Series([p.lift for p in plans], dtype=pl.Float64),
            "hazard_reduction": pl.Series([p.retention for p in plans], dtype=pl.Float64),
            "hold_out": pl.Series([p.hold_out for p in plans], dtype=pl.Float64),
        }
    )


def experiment_truth(world: Parameters, days: int) -> pl.DataFrame:
    """Each variant's true effects, as added to the logits of clicking and of adding to the cart."""
    rows = [
        (f"EXP-{e.number + 1:02d}", VARIANTS[v], world.date_of(e.starts), e.click[v], e.cart[v], e.broken)
        for e in (experiment(world, number) for number in range((days + EXPERIMENT_DAYS) // EXPERIMENT_DAYS))
        if e.starts < days
        for v in range(len(e.click))
    ]
    names = ("experiment_id", "variant", "starts_on", "click_logit", "cart_logit", "assignments_lost")
    kinds = (pl.String, pl.String, pl.Date, pl.Float64, pl.Float64, pl.Boolean)
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row").with_columns(
        days=pl.lit(LENGTH_DAYS)
    )
