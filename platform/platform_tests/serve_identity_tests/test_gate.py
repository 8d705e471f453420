"""A proven consumer sees what it registered, for as long as it may, and nothing else."""

import dataclasses
import math
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mesh_platform.errors import BadContract
from mesh_platform.serve.identity.gate import MeshGate, OpenGate
from mesh_platform.serve.identity.jwks import KeySet
from mesh_platform.serve.identity.keys import Keys
from mesh_platform.serve.identity.limits import LocalCounter
from mesh_platform.serve.identity.registrations import Registrations
from mesh_platform.serve.identity.settings import IdentitySettings
from mesh_platform.serve.identity.tokens import Proven, Tokens
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Caller, Filter
from mesh_platform.settings import Settings

from .asking import USE, product, register, request

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """An instant that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """The same for what counts seconds."""
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registrations(contracts: Path) -> Registrations:
    return Registrations(contracts)


@pytest.fixture
def gate(keys: Keys, registrations: Registrations, clock: Clock) -> MeshGate:
    return MeshGate(keys, registrations, LocalCounter(clock.seconds), now=clock)


@pytest.fixture
def served(settings: Settings, contracts: Path) -> Iterator[OpenGate]:
    """A gate with its thread, as a worker opens it."""
    opened = OpenGate(settings, contracts, IdentitySettings())
    yield opened
    opened.close()


def refusal(gate: MeshGate, *proofs: str, scheme: str = "Bearer") -> Problem:
    with pytest.raises(Problem) as raised:
        gate.admit(request(*proofs, scheme=scheme))
    return raised.value


def test_a_key_proves_its_consumer_with_its_purpose(gate: MeshGate, keys: Keys) -> None:
    key, text = keys.create("board")
    caller = gate.admit(request(text))
    assert (caller.consumer, caller.proof, caller.purpose, caller.kind) == (
        "board",
        key.id,
        "The morning report",
        "key",
    )
    assert gate.admit(request(text, scheme="bearer")) == caller


def test_without_a_proof_nothing_is_answered(gate: MeshGate, keys: Keys) -> None:
    text = keys.create("board")[1]
    for refused in (
        refusal(gate),
        refusal(gate, ""),
        refusal(gate, text, scheme="Basic"),
        refusal(gate, text, text),
        refusal(gate, "é"),
        refusal(gate, "some.signed.token"),
        refusal(gate, f"{text}x"),
    ):
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="mesh"')
        assert text not in str(refused.body("r"))


def test_a_key_of_somebody_who_is_not_registered_any_more_is_refused(
    gate: MeshGate, keys: Keys, contracts: Path, registrations: Registrations
) -> None:
    text = keys.create("board")[1]
    assert gate.admit(request(text))
    (contracts / "consumers" / "board.yaml").unlink()
    registrations.refresh()
    assert refusal(gate, text).status == 403


def test_a_permit_holds_the_registered_columns_in_the_order_of_the_contract(
    gate: MeshGate, keys: Keys, contracts: Path
) -> None:
    caller = gate.admit(request(keys.create("board")[1]))
    permit = gate.permit(caller, product(contracts))
    assert permit.columns == ("order_id", "customer_id", "amount")
    assert (permit.clear, permit.rows, permit.expires) == (frozenset(), (), date(2027, 6, 30))
    assert gate.permit(caller, product(contracts), ["amount", "order_id"]).columns == ("order_id", "amount")


def test_a_column_that_was_not_registered_is_refused_by_its_name(gate: MeshGate, keys: Keys, contracts: Path) -> None:
    caller = gate.admit(request(keys.create("board")[1]))
    with pytest.raises(Problem, match="403") as raised:
        gate.permit(caller, product(contracts), ["amount", "email"])
    assert (raised.value.kind, raised.value.value) == ("no-grant-for-column", "email")
    assert raised.value.rule == "of order_id, customer_id, amount"


def test_a_consumer_does_not_see_what_another_one_registered(gate: MeshGate, keys: Keys, contracts: Path) -> None:
    register(contracts, "desk", USE | {"product": "sales.returns"})
    board = gate.admit(request(keys.create("board")[1]))
    with pytest.raises(Problem, match="403") as raised:
        gate.permit(board, product(contracts, "sales.returns"))
    assert (raised.value.kind, raised.value.value) == ("no-grant", "sales.returns v1")


def test_another_major_version_needs_a_use_of_its_own(gate: MeshGate, keys: Keys, contracts: Path) -> None:
    caller = gate.admit(request(keys.create("board")[1]))
    with pytest.raises(Problem, match="403"):
        gate.permit(caller, dataclasses.replace(product(contracts), version="2.0.0"))


def test_what_is_registered_in_clear_is_unmasked_for_the_purpose_of_the_use(
    gate: MeshGate, keys: Keys, contracts: Path, registrations: Registrations
) -> None:
    rows = [{"column": "country", "operator": "in", "value": ["CH"]}]
    register(contracts, "board", USE | {"clear": ["customer_id"], "purpose": "calls them back", "rows": rows})
    assert registrations.refresh()
    caller = gate.admit(request(keys.create("board")[1]))
    permit = gate.permit(caller, product(contracts))
    assert (permit.clear, permit.purpose) == (frozenset({"customer_id"}), "calls them back")
    assert permit.rows == (Filter("country", "in", ("CH",)),)
    assert gate.permit(caller, product(contracts), ["amount"]).clear == frozenset()


def test_the_developer_of_one_machine_sees_everything_masked(gate: MeshGate, keys: Keys, contracts: Path) -> None:
    caller = gate.admit(request(keys.create("developer")[1]))
    permit = gate.permit(caller, product(contracts))
    assert permit.columns == tuple(c.name for c in product(contracts).columns)
    assert permit.clear == frozenset()
    assert gate.holds(permit)
    with pytest.raises(Problem, match="403"):
        gate.permit(caller, product(contracts), ["nothing"])


def test_a_use_that_expires_while_rows_are_streamed_holds_no_more(
    gate: MeshGate, keys: Keys, contracts: Path, clock: Clock
) -> None:
    caller = gate.admit(request(keys.create("board")[1]))
    permit = gate.permit(caller, product(contracts))
    clock.now = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)
    assert gate.holds(permit)
    clock.now += timedelta(seconds=1)
    assert not gate.holds(permit)
    with pytest.raises(Problem, match="403") as raised:
        gate.permit(caller, product(contracts))
    assert raised.value.kind == "grant-expired"


def test_a_key_that_is_revoked_while_rows_are_streamed_ends_them(gate: MeshGate, keys: Keys, contracts: Path) -> None:
    key, text = keys.create("board")
    permit = gate.permit(gate.admit(request(text)), product(contracts))
    assert gate.holds(permit)
    keys.revoke(key.id)
    assert not gate.holds(permit)


def test_a_token_that_expires_while_rows_are_streamed_ends_them(gate: MeshGate, contracts: Path, clock: Clock) -> None:
    ends = clock.now + timedelta(minutes=5)
    caller = Caller("board", "subject/7", "The morning report", "token", ends.timestamp())
    permit = gate.permit(caller, product(contracts))
    clock.now = ends - timedelta(seconds=1)
    assert gate.holds(permit)
    clock.now = ends
    assert not gate.holds(permit)


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": ["amount"]},
        {"product": "sales.returns"},
        {"rows": [{"column": "country", "operator": "eq", "value": "CH"}]},
    ],
    ids=["a column less", "another product", "fewer rows"],
)
def test_a_use_that_is_narrowed_while_rows_are_streamed_ends_them(
    gate: MeshGate, keys: Keys, contracts: Path, registrations: Registrations, changes: dict[str, object]
) -> None:
    permit = gate.permit(gate.admit(request(keys.create("board")[1])), product(contracts))
    register(contracts, "board", USE | changes)
    registrations.refresh()
    assert not gate.holds(permit)


def test_who_asks_too_often_is_told_when_to_come_again(
    gate: MeshGate, keys: Keys, contracts: Path, registrations: Registrations, clock: Clock
) -> None:
    register(contracts, "board", limits={"requests_per_second": 2})
    registrations.refresh()
    text = keys.create("board")[1]
    for _ in range(4):  # two seconds' worth at once
        gate.admit(request(text))
    refused = refusal(gate, text)
    assert refused.status == 429
    assert refused.headers == {
        "Retry-After": "1",
        "RateLimit-Policy": '"requests";q=4;w=2',
        "RateLimit": '"requests";r=0;t=1',
    }
    clock.now += timedelta(seconds=0.5)
    gate.admit(request(text))
    assert refusal(gate, text).status == 429


def test_the_quota_of_rows_begins_anew_at_midnight(
    gate: MeshGate, keys: Keys, contracts: Path, registrations: Registrations, clock: Clock
) -> None:
    register(contracts, "board", limits={"rows_per_day": 100})
    registrations.refresh()
    caller = gate.admit(request(keys.create("board")[1]))
    gate.spend(caller, 100)
    clock.now = NOON.replace(hour=23, minute=59, second=59)
    with pytest.raises(Problem, match="429") as raised:
        gate.spend(caller, 1)
    assert raised.value.headers["Retry-After"] == "2"
    assert raised.value.rule == "100 rows a day"
    clock.now += timedelta(seconds=1)
    gate.spend(caller, 100)


def test_a_changed_registration_is_in_force_within_a_second(served: OpenGate, keys: Keys, contracts: Path) -> None:
    caller = served.admit(request(keys.create("board")[1]))
    permit = served.permit(caller, product(contracts))
    (contracts / "consumers" / "board.yaml").unlink()
    until = time.monotonic() + 1
    while served.holds(permit) and time.monotonic() < until:
        time.sleep(0.01)
    assert not served.holds(permit)


def test_a_registration_that_can_t_be_read_changes_nothing_and_stops_a_start(
    contracts: Path, registrations: Registrations, caplog: pytest.LogCaptureFixture
) -> None:
    (contracts / "consumers" / "board.yaml").write_text("name: board\nuse")
    assert not registrations.refresh()
    assert registrations.use("board", "sales.orders", 1)
    assert "board.yaml" in caplog.text
    with pytest.raises(BadContract, match=r"board\.yaml"):
        Registrations(contracts)


def test_the_use_of_a_key_is_written_down_when_a_worker_ends(settings: Settings, contracts: Path, keys: Keys) -> None:
    _, text = keys.create("board")
    opened = OpenGate(settings, contracts, IdentitySettings())
    opened.admit(request(text))
    opened.close()
    assert [key.used_at is not None for key in keys.all()] == [True]


def test_a_token_never_proves_the_developer(keys: Keys, registrations: Registrations) -> None:
    class Issued(Tokens):
        def proven(self, text: str) -> Proven:
            return Proven("developer", text, math.inf, "k1")

    gate = MeshGate(keys, registrations, LocalCounter(), tokens=Issued(IdentitySettings(), KeySet("")))
    assert refusal(gate, "a.b.c").status == 403
