"""What the product master writes: all products and places on the first day, and then what changes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from mesh_simulator.arrays import Ints, constant
from mesh_simulator.ids import cents, instants, look, numbered, optional, place_names, written
from mesh_simulator.today import Today
from mesh_simulator.vocabulary import BRANDS, CATEGORIES, CITIES, SIZES, STYLES


def product_rows(today: Today, sku: Ints) -> pl.DataFrame:
    """Write products as they are today."""
    goods = today.state.catalogue.where(sku)
    nouns = [noun for category in CATEGORIES for noun in category.nouns]
    noun = look(nouns, goods.category * 4 + goods.noun).series()
    name = look(BRANDS, goods.brand).series() + " " + look(STYLES, goods.cell % len(STYLES)).series() + " " + noun
    at = (22 * 3_600_000 if today.day else 0) + np.arange(len(sku)) * 3 % 3_600_000
    return written(
        {
            "sku": numbered("P", sku + 1, 5),
            "changed_at": instants(today.date, at.astype(np.int64)),
            "name": name + ", " + look(SIZES, goods.size).series(),
            "category": look([c.name for c in CATEGORIES], goods.category),
            "brand": look(BRANDS, np.where(sku % 41 == 3, -1, goods.brand)),
            "cost": cents(goods.cost),
            "list_price": cents(goods.price),
            "pack_size": goods.pack,
            "supplier_id": numbered("SUP-", goods.supplier + 1, 3),
            "lead_time_days": goods.lead_days,
            "shelf_life_days": optional(np.where(goods.shelf_life > 0, goods.shelf_life, -1)),
        }
    )


def location_rows(today: Today) -> pl.DataFrame:
    """Write all places on the first day; none opens or closes later."""
    stores = today.state.stores
    count = len(stores) + 1 if today.day == 0 else 0
    opened = np.append(stores.opened, 6500)[:count]
    return written(
        {
            "location_id": pl.Series(place_names(len(stores))[:count], dtype=pl.String),
            "changed_at": instants(today.date, constant(count, 0)),
            "kind": pl.Series((["store"] * len(stores) + ["warehouse"])[:count], dtype=pl.String),
            "city": look([c[0] for c in CITIES], np.append(stores.city, 4)[:count]),
            "opened_on": pl.Series([today.date - timedelta(days=int(d)) for d in opened], dtype=pl.Date),
        }
    )
