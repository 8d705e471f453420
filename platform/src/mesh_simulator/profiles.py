"""What the CRM writes: the whole profile at sign-up, and again whenever something in it changes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from mesh_simulator.arrays import Ints
from mesh_simulator.customers import TIER_CENTS, TIERS, Customers
from mesh_simulator.ids import MS_PER_DAY, instants, look, numbered, written
from mesh_simulator.vocabulary import CITIES, FIRST_NAMES, LAST_NAMES, MAIL_HOSTS
from mesh_simulator.world import Parameters


def change_profiles(world: Parameters, day: int, people: Customers) -> Ints:
    """Move some people, change some consents, raise the tiers that were earned; say whose profile changed."""
    rng = world.rng("profiles", day)
    known = (people.joined < day) & ~people.fake
    moved = known & (rng.random(len(people)) < 0.0003)
    people.city[moved] = rng.integers(0, len(CITIES), int(moved.sum()))
    marketing = known & (rng.random(len(people)) < 0.0006)
    people.marketing[marketing] ^= True
    profiling = known & (rng.random(len(people)) < 0.0003)
    people.profiling[profiling] ^= True
    earned = np.maximum(people.tier, np.searchsorted(TIER_CENTS, people.spent, side="right"))
    raised = known & (earned > people.tier)
    people.tier = earned.astype(np.int64)
    return np.flatnonzero(moved | marketing | profiling | raised)


def profile_rows(world: Parameters, day: int, people: Customers, changed: Ints) -> pl.DataFrame:
    """Write the profiles that changed today and those of today's sign-ups."""
    rng = world.rng("profile times", day)
    first = np.flatnonzero(people.joined == day) if day else np.arange(len(people))
    who = np.concatenate([first, np.setdiff1d(changed, first)])
    export = np.arange(len(first)) * 5 % 600_000
    signed = people.joined_at[first] if day else export
    at = np.concatenate([signed, rng.integers(20 * 3_600_000, 86_390_000, len(who) - len(first))])
    order = np.lexsort((who, at))
    return _profiles(world, day, people.where(who[order]), who[order], at[order])


def _profiles(world: Parameters, day: int, people: Customers, who: Ints, at: Ints) -> pl.DataFrame:
    first, last = look(FIRST_NAMES, people.first_name).series(), look(LAST_NAMES, people.last_name).series()
    city, postcode, country = (look([c[i] for c in CITIES], people.city) for i in range(3))
    signed_up = people.joined * MS_PER_DAY + people.joined_at
    start = world.date_of(0)
    mail = look([f"@{host}" for host in MAIL_HOSTS], who % len(MAIL_HOSTS)).series()
    ascii_name = (first + "." + last).str.to_lowercase().str.replace_all(r"[^a-z.]", "")
    return written(
        {
            "customer_id": numbered("C", who, 7),
            "changed_at": instants(world.date_of(day), at),
            "first_name": first,
            "last_name": last,
            "email": ascii_name + pl.Series(who).cast(pl.String) + mail,
            "phone": numbered("+49 30 ", np.where(people.phone > 0, people.phone, -1), 7),
            "birth_date": pl.Series(
                [start - timedelta(days=int(b)) if b else None for b in people.born], dtype=pl.Date
            ),
            "city": city,
            "postcode": postcode,
            "country": country,
            "signed_up_at": instants(start, signed_up),
            "loyalty_tier": look(TIERS, people.tier),
            "consent_marketing": people.marketing,
            "consent_profiling": people.profiling,
        }
    )
