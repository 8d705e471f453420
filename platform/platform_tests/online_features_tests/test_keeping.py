"""A domain keeps online what its models gather from and what it lists, and pushes it when sources are published."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.features.online.definition import id_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import OnlineStore, open_store
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.online import (
    GRACE,
    all_views,
    compare_served,
    drop_unused,
    find_view,
    forget_online,
    push_after,
    push_views,
    views_of,
)
from mesh_platform.product import DataProduct, Domain, InputPort, Owner

from .bank import BALANCES, FIRST, HISTORY, PAYMENTS, VIEW, Bank, balance, midnight, payment


class Balance(Contract):
    """A balance. Grain: one row per account and day."""

    account: str = column("The account.", key=True)


PORT = InputPort(PAYMENTS, ("account",), "what was paid")
BALANCE = DataProduct("balances", Balance, "1.0.0", mart="fct_balances")
PAID = DataProduct("paid", Balance, "1.0.0", mart="fct_paid", inputs=(PORT,))
DOMAIN = Domain("bank", Owner("bank", "bank@example.org"), "A bank.", products=(BALANCE, PAID))


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The domain's package with a features.py that lists both views."""
    package = tmp_path / "packages" / "mesh_bank"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "features.py").write_text("VIEWS = ()\n")
    monkeypatch.syspath_prepend(str(package.parent))
    import importlib

    module = importlib.import_module("mesh_bank.features")
    module.VIEWS = (VIEW, HISTORY)  # type: ignore[attr-defined]
    yield module
    for name in ("mesh_bank", "mesh_bank.features"):
        sys.modules.pop(name, None)


@pytest.fixture
def online(bank: Bank, store_url: str) -> Iterator[OnlineStore]:
    """The store that the settings name."""
    bank.settings = replace(bank.settings, online_store=store_url)
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    store = open_store(store_url)
    yield store
    store.close()


def context(bank: Bank) -> RunContext:
    """A run."""
    return RunContext("run-1", bank.settings, bank.lake)


def there(store: OnlineStore) -> list[str]:
    """The views that are online."""
    return [view.partition("@")[0] for view in store.views()]


def test_views_are_those_that_the_domain_lists(listed: ModuleType) -> None:
    assert listed.VIEWS == (VIEW, HISTORY)
    assert {name: kept.view for name, kept in all_views({"bank": DOMAIN}).items()} == {
        "bank.balances": VIEW,
        "bank.payments": HISTORY,
    }
    with pytest.raises(UnknownName, match=r"no feature view 'bank.balance'; did you mean 'bank.balances'"):
        find_view({"bank": DOMAIN}, "bank.balance")


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ((VIEW, replace(VIEW, features=("rate",))), "two feature views are called 'bank.balances'"),
        ((replace(VIEW, source="shop.orders"),), r"reads shop\.orders \(rule: .*an input port"),
        (("balances",), "holds a str"),
    ],
)
def test_views_that_contradict_are_refused(listed: ModuleType, views: Any, said: str) -> None:
    listed.VIEWS = views  # type: ignore[attr-defined]
    with pytest.raises(BadContract, match=said):
        views_of(DOMAIN)


@pytest.mark.usefixtures("listed")
def test_a_refreshed_product_and_what_it_reads_are_pushed(bank: Bank, online: OnlineStore) -> None:
    push_after(DOMAIN, BALANCE, context(bank))
    assert there(online) == ["balances"]
    push_after(DOMAIN, PAID, context(bank))
    assert there(online) == ["balances"], "what it reads was not published yet"
    bank.publish(PAYMENTS, [payment(1, "A1", midnight(FIRST))])
    push_after(DOMAIN, PAID, context(bank))
    assert there(online) == ["balances", "payments"]


@pytest.mark.usefixtures("listed")
def test_a_store_that_is_down_does_not_fail_the_product(bank: Bank, caplog: pytest.LogCaptureFixture) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    bank.settings = replace(bank.settings, online_store="redis://127.0.0.1:1/0")
    with caplog.at_level(logging.WARNING):
        push_after(DOMAIN, BALANCE, context(bank))
    assert "bank.balances was not pushed: the online store can't be reached" in caplog.text


@pytest.mark.usefixtures("listed")
def test_a_definition_that_nobody_has_any_more_is_dropped_after_a_grace(bank: Bank, online: OnlineStore) -> None:
    old = replace(VIEW, features=("balance",))
    for view in (VIEW, old):
        push(view, bank.lake, online)
    now = datetime.now(UTC)
    assert drop_unused({"bank": DOMAIN}, bank.settings, now + GRACE - timedelta(minutes=1)) == []
    assert drop_unused({"bank": DOMAIN}, bank.settings, now + GRACE + timedelta(minutes=1)) == [id_of(old)]
    assert online.views() == [id_of(VIEW)]
    assert not list(online.rows(id_of(old)))


@pytest.mark.usefixtures("listed", "online")
def test_a_person_who_was_erased_from_the_lake_is_pushed_away(bank: Bank) -> None:
    domains = {"bank": DOMAIN}
    bank.publish(PAYMENTS, [payment(1, "A1", midnight(FIRST)), payment(2, "A2", midnight(FIRST))])
    push_views(all_views(domains).values(), bank.lake, bank.settings)
    bank.publish(BALANCES, [], days=[FIRST])
    bank.publish(PAYMENTS, [payment(2, "A2", midnight(FIRST))], days=[FIRST])
    done = forget_online(bank.lake, bank.settings, ["A1"], domains)
    assert sorted(view.partition("@")[0] for view in done.entities) == ["balances", "payments"]
    reader = OnlineReader.open(bank.settings)
    assert reader.read(HISTORY, [("A1",)]) == [None]
    (other,) = reader.read(HISTORY, [("A2",)])
    assert other is not None
    assert other["payment"] == [2]
    assert [one.mismatches for one in compare_served(domains, bank.lake, bank.settings)] == [0, 0]
