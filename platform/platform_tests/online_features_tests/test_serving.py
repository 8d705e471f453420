"""Features over HTTP: what a grant allows, masked where it must be, and one clear problem for anything wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from mesh_platform.contract import Contract, Money, Timestamp, column
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.features import FeatureView
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.definition import version_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import OnlineStore, open_store
from mesh_platform.pipeline.online import Kept
from mesh_platform.product import DataProduct, Domain, Owner
from mesh_platform.serve.features.desk import Desk
from mesh_platform.serve.features.routes import routes
from mesh_platform.serve.operation.refusals import install
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access, Caller, Filter, Permit, Service

from .bank import BALANCES, FIRST, HISTORY, VIEW, Bank, balance

PATH = "/features/bank.balances"
PERSON = "A0000123"


class Balances(Contract):
    """Balances. Grain: one row per account and day."""

    account: str = column("The account.", key=True, personal="account", classification="confidential")
    balance: int = column("The balance.")
    rate: float = column("The rate.", nullable=True)
    owed: Money = column("What is owed.")
    branch: str = column("The branch.", personal="branch", classification="confidential", nullable=True)
    frozen: bool = column("Whether it is frozen.")
    ingested_at: Timestamp = column("When it was known.")


PRODUCT = DataProduct("balances", Balances, "1.2.0", mart="fct_balances")
DOMAIN = Domain("bank", Owner("bank", "bank@example.org"), "A bank.", products=(PRODUCT,))
SHOWN = replace(VIEW, features=("balance", "rate", "owed", "branch", "frozen"))
BY_TWO = FeatureView("two", ("account", "frozen"), BALANCES, "day", ("balance",))
BRANCHES = HistoryView("branches", ("account",), BALANCES, "day", ("branch", "balance"), timedelta(days=9))
LATER = replace(SHOWN, name="later")
VIEWS = {f"bank.{view.name}": Kept("bank", view) for view in (SHOWN, HISTORY, BY_TWO, BRANCHES, LATER)}


@dataclass
class Rules:
    """A gate and a log that tests can set and look at."""

    proven: bool = True
    columns: tuple[str, ...] = ("account", *SHOWN.features)
    clear: frozenset[str] = frozenset({"account"})
    rows: tuple[Filter, ...] = ()
    spent: int = 0
    accesses: list[Access] = field(default_factory=list)
    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def admit(self, request: Request) -> Caller:
        request.state.request_id = "request-1"
        if not self.proven:
            raise Problem(401, "no-proof", "send a key")
        return Caller("desk", "key-1", "to test", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        if lacking := [name for name in columns or () if name not in self.columns]:
            raise Problem(403, "column-not-granted", f"no grant for {', '.join(lacking)}")
        return Permit(caller, product.full_name, product.major, "to test", tuple(columns or ()), self.clear, self.rows)

    def holds(self, permit: Permit) -> bool:
        return bool(permit)

    def spend(self, caller: Caller, rows: int) -> None:
        self.spent += rows if caller else 0

    def record(self, access: Access) -> None:
        self.accesses.append(access)

    def observe(self, *seen: Any) -> None:
        self.seen.append(seen)

    def gauge(self, name: str, labels: Any, value: float) -> None:
        raise AssertionError(name, labels, value)


@pytest.fixture
def rules() -> Rules:
    return Rules()


@dataclass(frozen=True)
class World:
    """Published documents, a lake, and a store to which all but one of its views were pushed."""

    bank: Bank
    contracts: Path
    store: OnlineStore


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two accounts that are online; the stores themselves are held against each other in the other tests."""
    folder = tmp_path_factory.mktemp("world")
    export([DOMAIN], folder / "contracts")
    bank, store = Bank(folder / "home"), open_store(f"sqlite:///{folder}/features.db")
    bank.publish(BALANCES, [balance(PERSON, FIRST, 3), balance("A2", FIRST, 4, branch=None)])
    for view in (SHOWN, BY_TWO, BRANCHES):
        push(view, bank.lake, store)
    yield World(bank, folder / "contracts", store)
    store.close()


@pytest.fixture
def client(world: World, rules: Rules) -> Iterator[TestClient]:
    """The routes, under a gate that each test sets."""
    service = Service(world.bank.settings, world.contracts, world.bank.lake, rules, rules, rules)
    app = FastAPI()
    install(app)
    app.include_router(routes(service, Desk(service, VIEWS, OnlineReader(world.store))))
    with TestClient(app) as asked:
        yield asked


def test_features_come_with_what_they_are_of(client: TestClient, world: World, rules: Rules) -> None:
    snapshot = world.bank.lake.current(BALANCES)
    assert snapshot is not None
    answer = client.post(PATH, json={"keys": [PERSON, "nobody"], "features": ["owed", "balance"]})
    assert answer.status_code == 200
    assert answer.json() == {
        "view": "bank.balances",
        "version": version_of(SHOWN),
        "snapshot": str(snapshot.snapshot_id),
        "data_as_of": "2026-03-02T00:00:00.000Z",
        "entities": [
            {"found": True, "features": {"owed": "0.7500", "balance": 3}},
            {"found": False, "features": {"owed": None, "balance": None}},
        ],
    }
    headers = {
        name: answer.headers[name] for name in ("Mesh-Snapshot", "Mesh-Feature-Version", "Mesh-Contract-Version")
    }
    assert list(headers.values()) == [str(snapshot.snapshot_id), version_of(SHOWN), "1.2.0"]
    (access,) = rules.accesses
    assert (access.action, access.product, access.rows, access.status) == ("features", BALANCES, 1, 200)
    assert (access.columns, access.personal) == (("account", "owed", "balance"), ("account",))
    assert rules.spent == 1
    assert rules.seen[0][:5] == ("features", "bank.balances", "/features/{view}", version_of(SHOWN), 200)


def test_a_get_answers_the_same(client: TestClient) -> None:
    posted = client.post(PATH, json={"keys": [PERSON, "A2"]})
    assert client.get(PATH, params={"key": [PERSON, "A2"]}).json() == posted.json()
    two = client.post("/features/bank.two", json={"keys": [["A2", True], ["A2", False]], "features": None})
    assert [entity["found"] for entity in two.json()["entities"]] == [True, False]
    assert client.get("/features/bank.two?key=A2,true&key=A2,false").json() == two.json()


def test_personal_values_are_masked_unless_the_grant_clears_them(client: TestClient, rules: Rules) -> None:
    ask = {"keys": [PERSON, "A2"], "features": ["branch"]}
    masked = [entity["features"]["branch"] for entity in client.post(PATH, json=ask).json()["entities"]]
    lists = client.post("/features/bank.branches", json={"keys": ["A2"], "features": ["branch"]}).json()
    rules.clear |= {"branch"}
    clear = [entity["features"]["branch"] for entity in client.post(PATH, json=ask).json()["entities"]]
    assert (masked, clear) == (["•••", None], ["branch 0", None])
    assert lists["entities"][0]["features"]["branch"] == [None]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (Filter("balance", "ge", 4), [False, True]),
        (Filter("account", "eq", PERSON), [True, False]),
        (Filter("branch", "in", ("branch 0", "branch 9")), [True, False]),
        (Filter("owed", "lt", 0.8), [True, False]),
        (Filter("balance", "gt", "many"), [False, False]),
    ],
)
def test_entities_beyond_the_grants_rows_are_not_there(
    client: TestClient, rules: Rules, rule: Filter, found: list[bool]
) -> None:
    rules.rows = (rule,)
    answer = client.post(PATH, json={"keys": [PERSON, "A2"], "features": ["frozen"]}).json()
    assert [entity["found"] for entity in answer["entities"]] == found
    assert rules.spent == sum(found)


@pytest.mark.parametrize(
    ("body", "status", "kind", "where"),
    [
        ({"keys": [1]}, 422, "wrong-key", "keys[0]"),
        ({"keys": ["A2", None]}, 422, "wrong-key", "keys[1]"),
        ({"keys": ["A2", ["A2", "A2"]]}, 422, "wrong-key", "keys[1]"),
        ({"keys": []}, 422, "wrong-number", "keys"),
        ({"keys": ["A2"] * 1_001}, 422, "wrong-number", "keys"),
        ({"keys": "A2"}, 422, "wrong-field", "body"),
        ({"features": []}, 422, "wrong-field", "body"),
        ({"keys": ["A2"], "feature": ["rate"]}, 422, "wrong-field", "body"),
        ({"keys": ["A2"], "features": ["opened"]}, 422, "unknown-feature", "features"),
        ({"keys": ["A2"], "features": ["rate", "rate; drop"]}, 422, "unknown-feature", "features"),
    ],
)
def test_a_wrong_request_is_told_what_holds(
    client: TestClient, rules: Rules, body: dict[str, Any], status: int, kind: str, where: str
) -> None:
    answer = client.post(PATH, json=body)
    said = answer.json()
    assert (answer.status_code, said["type"].rpartition("/")[2], said["field"]) == (status, kind, where)
    assert said["rule"]
    assert "A2" not in answer.text, "a key may be personal"
    assert (rules.accesses[0].status, rules.accesses[0].reason, rules.spent) == (status, kind, 0)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/features/bank.balance?key=A2", 404, "unknown-name"),
        ("GET", f"{PATH}?key=A2&as_of=now", 422, "unknown-parameter"),
        ("GET", PATH, 422, "wrong-number"),
        ("GET", "/features/bank.two?key=A2,maybe", 422, "wrong-key"),
        ("GET", "/features/bank.two?key=A2", 422, "wrong-key"),
        ("GET", "/features/bank.payments?key=A2", 403, "private-source"),
        ("POST", PATH, 400, "unreadable"),
    ],
)
def test_a_wrong_address_is_told_what_holds(client: TestClient, method: str, path: str, status: int, kind: str) -> None:
    answer = client.request(method, path, content=b"{" if method == "POST" else None)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, kind)
    assert "mesh_" not in answer.text


def test_what_a_grant_lacks_is_refused(client: TestClient, rules: Rules) -> None:
    ask = {"keys": ["A2"]}
    kinds = []
    changes: tuple[dict[str, Any], ...] = (
        {"columns": ("account", "rate")},
        {"clear": frozenset()},
        {"rows": (Filter("day", "eq", 1),)},
        {"proven": False},
    )
    for change in changes:
        before = {name: getattr(rules, name) for name in change}
        for name, value in change.items():
            setattr(rules, name, value)
        answer = client.post(PATH, json=ask)
        kinds.append((answer.status_code, answer.json()["type"].rpartition("/")[2]))
        for name, value in before.items():
            setattr(rules, name, value)
    assert kinds == [(403, "column-not-granted"), (403, "masked-column"), (403, "filtered-rows"), (401, "no-proof")]
    assert client.post(PATH, json=ask).status_code == 200
    assert [access.status for access in rules.accesses] == [403, 403, 403, 401, 200]


def test_the_list_tells_what_is_online(client: TestClient) -> None:
    views = {view["name"]: view for view in client.get("/features").json()["views"]}
    assert list(views) == ["bank.balances", "bank.branches", "bank.later", "bank.payments", "bank.two"]
    assert views["bank.balances"]["pushed"]["entities"] == 2
    assert views["bank.later"]["pushed"] is None
    assert client.post("/features/bank.later", json={"keys": ["A2"]}).status_code == 503


def test_the_openapi_document_describes_both_ways(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    post, get = (document["paths"]["/features/{view}"][method] for method in ("post", "get"))
    assert post["requestBody"]["content"]["application/json"]["schema"]["required"] == ["keys"]
    assert {parameter["name"] for parameter in get["parameters"]} == {"view", "key", "feature"}
    assert {"200", "403", "404", "422", "503"} <= set(post["responses"])
