"""Makes the rows of inventory.replenishment_plan: what every store and warehouse should order now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.backtest import Past, Replay, current_policy, enough, read_past, replay, window
from mesh_inventory.ml.current_policy import open_orders
from mesh_inventory.ml.demand.panel import WEB
from mesh_inventory.ml.network import Ledger, Network, cube, read_network
from mesh_inventory.ml.order_policy import DAYS_A_YEAR, Costs, Levels, order_quantity, shortage
from mesh_inventory.ml.outlook import Outlook, decide, look_ahead
from mesh_platform.errors import TooFewExamples
from mesh_platform.ml import Making

Floats = npt.NDArray[np.float64]
SUPPLIER, WAREHOUSE = "supplier", "warehouse"


@dataclass(frozen=True, slots=True)
class Now:
    """The evening of the plan; (places, skus) each.

    Args:
        on_hand: Pieces in stock.
        on_order: Pieces on their way.
        carried: Whether the product is at the place.
    """

    on_hand: Floats
    on_order: Floats
    carried: npt.NDArray[np.bool_]


def replenishment_plan(making: Making) -> pl.DataFrame:
    """Plan the orders of the newest day.

    Raises:
        TooFewExamples: Where there is no forecast of that day.
    """
    today = (making.known_until - timedelta(days=1)).date()
    days = window(today, min(making.tables.days))
    network, ledger = read_network(making.tables, days[0], today)
    days = ledger.days
    past = read_past(making.tables, network, days)
    outlook = look_ahead(network, *_forecast(making, network))
    costs = Costs()
    wanted = decide(network, outlook, costs)
    now = now_of(network, ledger, past, wanted)
    first = enough(days)
    replayed = replay(network, ledger, past, past.demand, first, costs) if first is not None else None
    return _rows(network, outlook, wanted, now, costs, replayed).with_columns(planned_on=pl.lit(today))


def _forecast(making: Making, network: Network) -> tuple[Floats, Floats]:
    """Mean and variance of the coming days by the newest forecast; (days, places, skus) each."""
    today = (making.known_until - timedelta(days=1)).date()
    columns = ["sku", "location_id", "forecast_on", "day", "mean", "standard_deviation"]
    rows = (
        making.tables.scan("inventory.demand_forecast", columns=columns, days=[today])
        .filter(forecast_on=today)
        .with_columns(variance=pl.col("standard_deviation") ** 2)
        .collect()
    )
    if rows.is_empty():
        raise TooFewExamples(
            f"no forecast of {today} in inventory.demand_forecast (rule: a plan follows that day's); make it"
        )
    days = sorted(rows["day"].unique())
    return cube(network, rows, "mean", days), cube(network, rows, "variance", days)


def now_of(network: Network, ledger: Ledger, past: Past, wanted: Levels) -> Now:
    """Stock and open orders of the evening."""
    carried = ledger.carried[-1]
    on_order = np.zeros(network.shape)
    if network.warehouses:
        rate = past.rate(ledger)
        point, top = current_policy(network, ledger, rate, len(rate)).levels(network, rate[-1:])
        on_order[-1] = open_orders(network, ledger, point[0, -1], top[0, -1], carried[-1])
        on_order[:-1] = in_transit(network, ledger, wanted)
    return Now(ledger.on_hand[-1], on_order, carried)


def in_transit(network: Network, ledger: Ledger, wanted: Levels) -> Floats:
    """Pieces on their way to each store; (stores, skus).

    The ledger tells what has left the warehouses and not arrived, not whither: to the stores that are shortest of it.
    """
    lag = max(network.transfer_days, 1)
    left = np.maximum(-ledger.transferred[-lag:, -1], 0.0).sum(axis=0)
    short = np.maximum(wanted.order_up_to[:-1] - ledger.on_hand[-1, :-1], 0.0) * ledger.carried[-1, :-1]
    turn = np.argsort(-short, axis=0, kind="stable")
    sorted_short = np.take_along_axis(short, turn, axis=0)
    before = np.cumsum(sorted_short, axis=0) - sorted_short
    given = np.clip(left - before, 0.0, sorted_short)
    made = np.zeros(short.shape)
    np.put_along_axis(made, turn, given, axis=0)
    return made


def quantities(network: Network, wanted: Levels, now: Now, chance: Floats, reserve: Floats) -> Floats:
    """What to order; (places, skus). Stores get no more than the warehouses can spare, the most urgent first.

    Args:
        network: Places and products.
        wanted: The levels.
        now: Stock and open orders.
        chance: The probability of a stock-out without an order.
        reserve: Pieces that the warehouses keep for the web; (skus).
    """
    position = now.on_hand + now.on_order
    pack = np.broadcast_to(network.pack, network.shape).copy()
    if network.warehouses:
        pack[:-1] = 1.0
    wish = order_quantity(position, wanted.reorder_point, wanted.order_up_to, pack) * now.carried
    if not network.warehouses:
        return wish
    turn = np.argsort(-chance[:-1], axis=0, kind="stable")
    sorted_wish = np.take_along_axis(wish[:-1], turn, axis=0)
    before = np.cumsum(sorted_wish, axis=0) - sorted_wish
    given = np.clip(np.maximum(now.on_hand[-1] - reserve, 0.0) - before, 0.0, sorted_wish)
    np.put_along_axis(wish[:-1], turn, np.floor(given), axis=0)
    return wish


def _rows(
    network: Network, outlook: Outlook, wanted: Levels, now: Now, costs: Costs, replayed: Replay | None
) -> pl.DataFrame:
    """Lay the plan out: one row a product and location that carries it."""
    position = now.on_hand + now.on_order
    without, _ = shortage(outlook.mean, outlook.variance, position)
    quantity = quantities(network, wanted, now, without, outlook.reserve)
    chance, missed = shortage(outlook.mean, outlook.variance, position + quantity)
    average = np.maximum(position + quantity - outlook.mean / 2, 0.0)
    daily_holding = network.cost * costs.holding_rate / DAYS_A_YEAR
    place, sku = np.nonzero(now.carried)
    depot = place == len(network.stores)
    inside = bool(network.warehouses) & ~depot
    values = {
        "on_hand": now.on_hand,
        "on_order": now.on_order,
        "expected_demand": outlook.mean,
        "demand_deviation": np.sqrt(outlook.variance),
        "critical_ratio": wanted.critical_ratio,
        "reorder_point": wanted.reorder_point,
        "order_up_to": wanted.order_up_to,
        "order_quantity": quantity,
        "stock_out_probability": chance,
        "stock_out_probability_unordered": without,
        "expected_stock_out_cost": missed * network.margin * costs.lost_share,
        "expected_holding_cost": average * daily_holding * outlook.days,
    }
    rows = pl.DataFrame(
        {
            "sku": np.array(network.skus)[sku],
            "place": place,
            "supplied_by": np.where(inside, WAREHOUSE, SUPPLIER),
            "lead_time_days": np.where(inside, network.transfer_days, np.round(network.lead[sku])).astype(np.int64),
            "protection_days": outlook.days[place, sku].astype(np.int64),
            "pack_size": np.where(inside, 1, network.pack[sku]).astype(np.int64),
            **{name: matrix[place, sku] for name, matrix in values.items()},
        }
    )
    return _by_location(network, rows.join(_comparison(network, replayed), on="place", how="left"))


def _comparison(network: Network, replayed: Replay | None) -> pl.DataFrame:
    """The replay's figures by place; missing where the history is too short for one."""
    places = pl.DataFrame({"place": range(network.shape[0])}, schema={"place": pl.Int64})
    names = ("fill_rate", "stock_out_rate", "cost")
    empty = [pl.lit(None, pl.Float64).alias(f"{who}_{name}") for who in ("simulated", "current") for name in names]
    if replayed is None:
        return places.with_columns(empty)
    told = {"simulated": replayed.planned, "current": replayed.current}
    return places.with_columns(
        pl.Series(f"{who}_{name}", getattr(one, name)) for who, one in told.items() for name in names
    )


def _by_location(network: Network, rows: pl.DataFrame) -> pl.DataFrame:
    """Name the places; several warehouses share what is planned for them together, in whole packs."""
    stores = rows.filter(pl.col("place") < len(network.stores)).with_columns(
        location_id=pl.col("place").replace_strict(dict(enumerate(network.stores)), return_dtype=pl.String)
    )
    depots = rows.filter(pl.col("place") == len(network.stores))
    names = pl.DataFrame({"location_id": network.warehouses or [WEB]})
    shares = names.height
    pieces = ["on_hand", "on_order", "expected_demand", "demand_deviation", "reorder_point", "order_up_to"]
    money = ["expected_stock_out_cost", "expected_holding_cost"]
    shared = depots.join(names, how="cross").with_columns(
        (pl.col("order_quantity") / shares / pl.col("pack_size")).ceil() * pl.col("pack_size"),
        pl.col(pieces + money) / shares,
    )
    whole = ["on_hand", "on_order", "reorder_point", "order_up_to", "order_quantity"]
    return (
        pl.concat([stores, shared.select(stores.columns)])
        .drop("place")
        .with_columns(pl.col(whole).ceil().cast(pl.Int64))
        .sort("sku", "location_id")
    )
