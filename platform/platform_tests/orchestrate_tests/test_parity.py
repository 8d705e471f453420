"""What each domain served is held against the lake by its own job, and told of the models that read it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.features.online.definition import id_of
from mesh_platform.features.online.parity import results
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.served import Served
from mesh_platform.features.online.store import online_store_url, open_store
from mesh_platform.features.online.waiting import folder_of
from mesh_platform.ml.watch import Watched, alerts, health
from mesh_platform.orchestrate.parity import PARITY, parity_job
from mesh_platform.product import DataProduct, Domain, InputPort, Owner
from platform_tests.ml_tests.watch_tests.world import Lender, making, shelf, watched
from platform_tests.online_features_tests.bank import BALANCES, FIRST, VIEW, Bank, balance

RISK = replace(VIEW, name="risk", features=("rate", "frozen"))
LIVE = SimpleNamespace(views=(VIEW,))
TEAM = Owner("team", "team@example.org")


class Balance(Contract):
    """A balance. Grain: one row per account and day."""

    account: str = column("The account.", key=True)


PORT = InputPort(BALANCES, ("account",), "who owes")
BANK = Domain("bank", TEAM, "A bank.", products=(DataProduct("balances", Balance, "1.0.0", mart="fct_balances"),))
SHOP = Domain(
    "shop", TEAM, "A shop.", products=(DataProduct("debts", Balance, "1.0.0", mart="fct_debts", inputs=(PORT,)),)
)


class LiveLender(Lender):
    """The lender, which also answers single requests from the bank's view."""

    live = f"{__name__}:LIVE"


@pytest.fixture(scope="module", autouse=True)
def _packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The packages of both domains; each lists a view of the bank's balances."""
    root = tmp_path_factory.mktemp("packages")
    for domain, view in (("bank", "VIEW"), ("shop", "RISK")):
        (root / f"mesh_{domain}").mkdir()
        (root / f"mesh_{domain}" / "__init__.py").touch()
        (root / f"mesh_{domain}" / "features.py").write_text(f"from {__name__} import {view}\n\nVIEWS = ({view},)\n")
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    yield
    sys.path.remove(str(root))
    for domain in ("bank", "shop"):
        sys.modules.pop(f"mesh_{domain}.features", None)
        sys.modules.pop(f"mesh_{domain}", None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mesh in which both domains' views are online, and a server has read two accounts of each."""
    bank = Bank(tmp_path / "home")
    monkeypatch.setenv("MESH_HOME", str(bank.settings.home))
    bank.publish(BALANCES, [balance("A1", FIRST, 1), balance("A2", FIRST, 2)])
    store = open_store(online_store_url(bank.settings))
    for view in (VIEW, RISK):
        push(view, bank.lake, store)
    reader = OnlineReader(store, served=Served(bank.settings.home, every=1))
    for account in ("A1", "A2"):
        for view in (VIEW, RISK):
            reader.read(view, [(account,)])
    reader.close()
    return bank.settings.home


def served_otherwise(home: Path, rate: float) -> None:
    """Change what the bank's view is said to have answered."""
    [log] = folder_of(home).glob("balances@*")
    samples = [json.loads(line) for line in log.read_text().splitlines()]
    samples[0]["values"]["rate"] = rate
    log.write_text("".join(json.dumps(sample) + "\n" for sample in samples))


def run(domain: Domain) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return parity_job(domain).execute_in_process(instance=instance, raise_on_error=False)


def told(result: dg.ExecuteInProcessResult, name: str) -> object:
    """A figure of a run's metadata, as the UI shows it."""
    [ended] = [e for e in result.all_events if e.event_type_value in {"STEP_OUTPUT", "STEP_FAILURE"}]
    data = ended.event_specific_data
    metadata = data.metadata if ended.event_type_value == "STEP_OUTPUT" else data.user_failure_data.metadata  # type: ignore[union-attr]
    return metadata[name].value


def model_health(home: Path, folder: Path) -> list[str]:
    """The status of the lender's `parity` in its health, and an alert where there is one."""
    made, lender = making(), watched()
    live = Watched(LiveLender(), lender.current, lender.labelled, lender.segments)
    rows = health(replace(made, settings=replace(made.settings, home=home)), live, shelf(folder))
    return [*rows.filter(signal="parity")["status"], *(line for line in alerts(rows) if "mismatches" in line)]


def test_equal_values_end_the_job_well_and_the_models_health_says_so(home: Path, tmp_path: Path) -> None:
    result = run(BANK)
    assert result.success
    assert [told(result, name) for name in ("served entities", "values", "mismatches")] == [2, 2 * 6, 0]
    assert model_health(home, tmp_path) == ["ok"]


def test_a_value_that_was_served_otherwise_fails_the_job_and_alarms_the_model(home: Path, tmp_path: Path) -> None:
    served_otherwise(home, 0.14285714285714288)
    result = run(BANK)
    assert not result.success
    assert told(result, "mismatches") == 1
    [failure] = [e for e in result.all_events if e.event_type_value == "STEP_FAILURE"]
    said = str(failure.step_failure_data.user_failure_data.description)  # type: ignore[union-attr]
    assert said.startswith(
        "bank served 1 values otherwise than the lake has them: balances (rate) (rule: 0 mismatches)"
    )
    assert "A1" not in said
    status, alert = model_health(home, tmp_path)
    assert status == "mismatch"
    assert alert.startswith("lending v3: balances mismatches 1 (> 0) on all")


def test_a_domain_leaves_the_samples_of_others_to_their_jobs(home: Path) -> None:
    served_otherwise(home, 0.5)
    assert run(SHOP).success
    assert [path.name.partition(".")[0] for path in folder_of(home).iterdir()] == [id_of(VIEW)]
    assert not run(BANK).success
    assert [(one.view, one.compared, one.mismatches) for one in results(home)] == [("risk", 2, 0), ("balances", 2, 1)]
    assert list(folder_of(home).iterdir()) == []


def test_the_job_of_a_domain_that_served_nothing_ends_well(home: Path) -> None:
    assert run(BANK).success
    assert told(run(BANK), "served entities") == 0
    assert parity_job(BANK).name == PARITY
