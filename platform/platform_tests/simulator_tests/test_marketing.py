"""Campaigns and experiments: fair draws, true effects that can be found again."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from mesh_simulator.campaigns import Influence, choose_audience, plan
from mesh_simulator.catalogue import make_catalogue
from mesh_simulator.customers import Customers, first_customers
from mesh_simulator.experiments import ENROLLED, Experiment
from mesh_simulator.stores import make_stores
from mesh_simulator.world import Parameters

from .landed import Landed

WORLD = Parameters(seed=3, scale=1.0, start=date(2026, 3, 2))


def test_hold_outs_have_the_declared_share(landed: Landed) -> None:
    audience = landed.clean("marketing/campaign_audience")
    share = audience.group_by("campaign_id").agg((pl.col("arm") == "control").mean().alias("share"), pl.len())
    joined = share.join(landed.known("campaigns"), on="campaign_id")
    assert joined.height >= 6
    assert ((joined["share"] - joined["hold_out"]).abs() <= 1 / joined["len"]).all()


def test_hold_outs_are_drawn_by_lot() -> None:
    """Over many campaigns, the arms differ in earlier spending and activity no more than chance allows."""
    catalogue, stores = make_catalogue(WORLD), make_stores(WORLD)
    people = first_customers(WORLD, catalogue, stores)
    scores = []
    for number in range(40):
        members = choose_audience(WORLD, plan(WORLD, number), people)
        for value in (people.spent.astype(float), people.activity, people.online):
            treated = value[members.customer[members.treated == 1]]
            control = value[members.customer[members.treated == 0]]
            error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
            scores.append((treated.mean() - control.mean()) / error)
    assert abs(np.mean(scores)) < 4 / np.sqrt(len(scores))
    assert 0.8 < np.std(scores) < 1.2


def test_only_treated_customers_are_influenced() -> None:
    members = choose_audience(WORLD, plan(WORLD, 0), _people())
    running = plan(WORLD, 0).starts
    influence = Influence.today(WORLD, running, members, 10_000)
    control = members.customer[members.treated == 0]
    treated = members.customer[members.treated == 1]
    assert (influence.factor[control] == 1).all()
    assert np.allclose(influence.factor[treated], 1 + plan(WORLD, 0).lift)
    assert influence.reached.sum() == len(treated)


def test_a_visit_is_caused_as_often_as_the_lift_says() -> None:
    number = next(n for n in range(50) if plan(WORLD, n).lift == 0.6)
    members = choose_audience(WORLD, plan(WORLD, number), _people())
    influence = Influence.today(WORLD, plan(WORLD, number).starts, members, 10_000)
    treated = np.repeat(members.customer[members.treated == 1], 20)
    causes = influence.causes(np.random.default_rng(1), treated)
    assert set(causes) == {-1, number}
    assert abs((causes == number).mean() - 0.6 / 1.6) < 0.02


def test_clicks_overstate_what_campaigns_cause(landed: Landed, events: pl.DataFrame) -> None:
    clicked = events.filter((pl.col("kind") == "purchase") & pl.col("campaign_id").is_not_null())
    caused = clicked.join(landed.known("orders"), on="order_id").filter(pl.col("caused_by").is_not_null())
    assert 0 < caused.height < clicked.height


def test_only_the_treated_click(landed: Landed, events: pl.DataFrame) -> None:
    audience = landed.clean("marketing/campaign_audience")
    known = events.filter(pl.col("campaign_id").is_not_null() & pl.col("customer_id").is_not_null())
    arms = (
        known.select("campaign_id", "customer_id")
        .unique()
        .join(audience, on=["campaign_id", "customer_id"], how="left")
    )
    assert set(arms["arm"]) == {"treated"}


def test_campaigns_spend_on_the_days_on_which_they_run(landed: Landed) -> None:
    campaigns = landed.clean("marketing/campaigns")
    spend = landed.clean("marketing/campaign_spend").join(campaigns, on="campaign_id")
    assert spend.height > 20
    assert spend.filter(~pl.col("day").is_between("starts_on", "ends_on")).is_empty()


def test_an_experiment_splits_visitors_evenly_and_for_good() -> None:
    visitors = np.arange(200_000)
    fair = Experiment(1, 0, (0.0, 0.1, 0.2), (0.0, 0.0, 0.0), broken=False)
    variant = fair.variants(visitors)
    assert abs((variant >= 0).mean() - ENROLLED) < 0.005
    assert np.abs(np.bincount(variant[variant >= 0]) / (variant >= 0).sum() - 1 / 3).max() < 0.005
    assert (fair.variants(visitors[::-1])[::-1] == variant).all()
    other = Experiment(2, 0, (0.0, 0.1, 0.2), (0.0, 0.0, 0.0), broken=False).variants(visitors)
    both = (variant >= 0) & (other >= 0)
    assert abs(np.corrcoef(variant[both], other[both])[0, 1]) < 0.01


def test_a_broken_experiment_loses_visitors_of_its_last_variant() -> None:
    visitors = np.arange(200_000)
    variant = Experiment(2, 0, (0.0, 0.1), (0.0, 0.0), broken=True).variants(visitors)
    assert (variant == 1).sum() < 0.88 * (variant == 0).sum()


def test_a_visitor_sees_one_variant_of_an_experiment(events: pl.DataFrame) -> None:
    assigned = events.filter(pl.col("experiment_id").is_not_null())
    assert assigned.group_by("visitor_id", "experiment_id").agg(pl.col("variant").n_unique())["variant"].max() == 1
    assert assigned["experiment_id"].n_unique() == 2


def _people() -> Customers:
    return first_customers(WORLD, make_catalogue(WORLD), make_stores(WORLD))
