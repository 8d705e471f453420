"""Small random histories of customers, and what customer_360 must say of them, worked out one row at a time."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from customers_tests.samples import order, post, profile, session
from mesh_platform.testing import Row, at, end_of

FIRST = date(2025, 1, 1)


@dataclass(frozen=True)
class Story:
    """What happened to some customers."""

    profiles: list[Row] = field(default_factory=list)
    posts: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)

    def rows(self) -> dict[str, list[Row]]:
        """The rows of each input, by its name."""
        return {"profiles": self.profiles, "posts": self.posts, "orders": self.orders, "sessions": self.sessions}

    def until(self, day: date) -> "Story":
        """The same story told at the end of a day."""
        return Story(
            [row for row in self.profiles if row["changed_at"].date() <= day],
            [row for row in self.posts if row["_day"] <= day],
            [row for row in self.orders if row["ordered_on"] <= day],
            [row for row in self.sessions if row["started_on"] <= day],
        )


def story(seed: int, customers: int, days: int) -> Story:
    """Invent one: sign-ups, changes, returns, two currencies, visitors unknown, facts that came late."""
    chance, told = Random(seed), Story()  # noqa: S311 - a story, not a secret
    told.profiles.append(profile("old", FIRST - timedelta(days=400)))
    told.sessions.extend(session(f"of nobody {n}", None, FIRST + timedelta(days=n)) for n in range(days))
    for number in range(customers):
        name, joined = f"c{number}", _day(chance, days // 2)
        for _ in range(chance.randint(1, 5)):
            day = max(joined + timedelta(days=chance.randint(-2, 3)), _day(chance, days))
            tier, consent = chance.choice(["none", "gold"]), chance.random() < 0.5
            told.profiles.append(
                profile(
                    name,
                    day,
                    _clock(chance),
                    signed_up_at=at(joined),
                    loyalty_tier=tier,
                    consent_marketing=consent,
                    consent_profiling=not consent,
                )
            )
        who = None if number == 0 else name
        for n in range(chance.randint(0, 25)):
            _live(chance, told, who, f"{name}-{n}", _day(chance, days))
    return Story(list({(r["customer_id"], r["changed_at"]): r for r in told.profiles}.values()), *_facts(told))


def _facts(told: Story) -> tuple[list[Row], list[Row], list[Row]]:
    return told.posts, told.orders, told.sessions


def _live(chance: Random, told: Story, who: str | None, name: str, day: date) -> None:
    late: Row = {"ingested_at": end_of(day + timedelta(days=chance.choice([0, 0, 0, 4])))}
    kind = chance.choice(["order", "order", "return", "session", "session", "post"])
    if kind == "session":
        counts = {"product_views": chance.randint(0, 5), "purchases": chance.choice([0, 0, 2])}
        told.sessions.append(session(name, who, day, _clock(chance), add_to_carts=1, **counts, **late))
    elif kind == "post":
        told.posts.append(post(name, day, customer_id=who, rating=chance.choice([None, 1, 4, 5]), **late))
    else:
        sold = {"units": chance.randint(1, 3)} if kind == "order" else {"units": 0, "returned_units": 1}
        amount = Decimal(chance.randint(1, 999_999)) / 10_000 * (1 if kind == "order" else -1)
        where = {"channel": chance.choice(["web", "store"]), "currency": chance.choice(["EUR"] * 12 + ["GBP"])}
        told.orders.append(order(name, who, day, _clock(chance), net_amount=amount, **sold, **where, **late))


def _day(chance: Random, days: int) -> date:
    return FIRST + timedelta(days=chance.randrange(days))


def _clock(chance: Random) -> str:
    return f"{chance.randrange(24):02}:{chance.randrange(60):02}"


def expected(told: Story) -> list[Row]:
    """Every row that customer_360 must have, in the order of its key."""
    happened = [row["ordered_on"] for row in told.orders] + [row["started_on"] for row in told.sessions]
    days = [min(happened) + timedelta(days=n) for n in range((max(happened) - min(happened)).days + 1)]
    customers = sorted({row["customer_id"] for row in told.profiles})
    rows = (_row(told, customer, day) for customer in customers for day in days)
    return [row for row in rows if row is not None]


def _row(told: Story, customer: str, day: date) -> Row | None:
    profiles = sorted((r for r in told.profiles if r["customer_id"] == customer), key=lambda r: r["changed_at"])
    joined = profiles[0]["signed_up_at"].date()
    if day < joined:
        return None
    known = _known(profiles, day)
    mine = [[r for r in facts if r["customer_id"] == customer] for facts in _facts(told.until(day))]
    knowing = [end_of(day), *(r["ingested_at"] for facts in mine for r in facts)]
    return {
        "customer_id": customer,
        "as_of": day,
        "tenure_days": (day - joined).days,
        "loyalty_tier": known.get("loyalty_tier"),
        "consent_marketing": known.get("consent_marketing", False),
        "consent_profiling": known.get("consent_profiling", False),
        **_bought(mine[1], day),
        **_visited(mine[2], day),
        **_posted(mine[0], day),
        "ingested_at": max([*knowing, known.get("ingested_at", end_of(day))]),
    }


def _known(profiles: list[Row], day: date) -> Row:
    """The profile of the end of the day; of equal profiles in a row, the first tells when it was learnt."""
    content = ("loyalty_tier", "consent_marketing", "consent_profiling")
    known: Row = {}
    for row in profiles:
        if row["changed_at"].date() <= day and (not known or any(row[c] != known[c] for c in content)):
            known = row
    return known


def _bought(orders: list[Row], day: date) -> Row:
    bought = sorted((r for r in orders if r["units"] > 0), key=lambda r: r["ordered_at"])
    store, currencies = [r for r in bought if r["channel"] == "store"], {r["currency"] for r in orders}
    paid = sum((r["net_amount"] for r in bought), Decimal(0))
    return {
        "first_ordered_at": bought[0]["ordered_at"] if bought else None,
        "last_ordered_at": bought[-1]["ordered_at"] if bought else None,
        "recency_days": (day - bought[-1]["ordered_on"]).days if bought else None,
        "orders_to_date": len(bought),
        "orders_28d": len(_within(bought, "ordered_on", day, 28)),
        "units_to_date": sum(r["units"] for r in orders),
        "returned_units_to_date": sum(r["returned_units"] for r in orders),
        "returned_units_28d": sum(r["returned_units"] for r in _within(orders, "ordered_on", day, 28)),
        "net_amount_to_date": sum((r["net_amount"] for r in orders), Decimal(0)),
        "net_amount_28d": sum((r["net_amount"] for r in _within(orders, "ordered_on", day, 28)), Decimal(0)),
        "net_amount_365d": sum((r["net_amount"] for r in _within(orders, "ordered_on", day, 365)), Decimal(0)),
        "mean_basket": (paid / len(bought)).quantize(Decimal("0.0001"), ROUND_HALF_UP) if bought else None,
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "channels_used": len({r["channel"] for r in bought}),
        "share_store_orders": len(store) / len(bought) if bought else None,
    }


def _visited(sessions: list[Row], day: date) -> Row:
    recent, last = _within(sessions, "started_on", day, 28), max((r["started_at"] for r in sessions), default=None)
    return {
        "sessions_28d": len(recent),
        "purchase_sessions_28d": sum(r["purchases"] > 0 for r in recent),
        "last_session_at": last,
        "days_since_session": (day - last.date()).days if last else None,
        "product_views_28d": sum(r["product_views"] for r in recent),
        "add_to_carts_28d": sum(r["add_to_carts"] for r in recent),
    }


def _posted(posts: list[Row], day: date) -> Row:
    recent = _within(posts, "_day", day, 90)
    stars = [r["rating"] for r in recent if r["rating"]]
    mean = sum(stars) / len(stars) if stars else None
    return {"posts_90d": len(recent), "ratings_90d": len(stars), "mean_rating_90d": mean}


def _within(rows: list[Row], column: str, day: date, length: int) -> list[Row]:
    return [row for row in rows if day - timedelta(days=length) < row[column] <= day]
