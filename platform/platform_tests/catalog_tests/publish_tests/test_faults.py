"""A server that is busy, down, cut off, suspicious or something else; a publisher that is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.catalog.publish import Mode, Server
from mesh_platform.errors import MeshFailure, UserError
from mesh_platform.settings import Settings
from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.publisher import Publisher
from platform_tests.catalog_tests.publish_tests.stand_in import Fault, StandIn

MESH = str(Path(sys.executable).with_name("mesh"))
RIGHT = "the-right-one"
REQUESTS = 8
"""The sample's entity types, each a batch of its own."""


def test_every_proposal_arrives_once_in_effect_whatever_goes_wrong(publisher: Publisher) -> None:
    publisher.gms.faults = dict(zip(range(1, 2 * len(Fault), 2), Fault, strict=True))
    report = publisher.publish()
    assert (report.sent, report.refused) == (len(publisher.stated), [])
    assert publisher.gms.writes == REQUESTS + len(Fault), "each fault costs one retry"
    busy, retried = publisher.gms.written_at[:2]
    assert retried - busy >= 1, "the server asked for a second"
    publisher.assert_arrived_once_in_effect()
    assert publisher.verify() == ()


def test_a_publish_that_gives_up_has_recorded_what_arrived_and_goes_on(publisher: Publisher) -> None:
    publisher.gms.faults = dict.fromkeys(range(4, 100), Fault.DOWN)
    with pytest.raises(MeshFailure, match=r"keeps failing \(HTTP 503\).*; 3 proposals and 0 removals before it"):
        publisher.publish()
    publisher.gms.faults = {}
    report = publisher.publish()
    assert (report.sent, report.unchanged) == (len(publisher.stated) - 3, 3)
    publisher.assert_arrived_once_in_effect()


def test_a_publish_killed_in_the_middle_of_a_batch_goes_on_where_it_stopped(publisher: Publisher) -> None:
    publisher.gms.faults = {6: Fault.LATE}
    command = [MESH, "catalog", "publish", "--file", str(publisher.file), "--mode", publisher.server.mode]
    with subprocess.Popen(command, env=_environment(publisher), stderr=subprocess.DEVNULL) as killed:
        publisher.gms.wait_until_held()
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    stored = sum(publisher.gms.store.applied.values())
    assert 0 < stored < len(publisher.stated)
    report = publisher.publish()
    assert report.unchanged == 5, "the batches that were acknowledged are not sent again"
    assert report.sent == len(publisher.stated) - 5
    publisher.assert_arrived_once_in_effect()
    assert publisher.verify() == ()


def test_what_a_killed_publish_may_have_sent_is_removed_when_it_leaves_the_mesh(publisher: Publisher) -> None:
    publisher.gms.faults = dict.fromkeys(range(6, 100), Fault.CUT_LATE)
    with pytest.raises(MeshFailure):
        publisher.publish()
    publisher.gms.faults = {}
    gone = sample.dataset("sales.p0001")
    publisher.state_only(sample.without(publisher.stated, gone))
    assert publisher.publish().removed == 1
    assert publisher.verify() == ()


def test_a_content_in_doubt_is_sent_again_even_if_the_mesh_goes_back_to_the_old_one(publisher: Publisher) -> None:
    publisher.publish()
    old, table = publisher.stated, sample.dataset("sales.p0001")
    changed = [s for s in sample.proposals(columns=5) if s.aspectName == "schemaMetadata"]
    publisher.state_only([*(s for s in old if s.aspectName != "schemaMetadata"), *changed])
    publisher.gms.faults = dict.fromkeys(range(publisher.gms.writes + 1, 1000), Fault.CUT_LATE)
    with pytest.raises(MeshFailure):
        publisher.publish()
    publisher.gms.faults = {}
    assert len(publisher.gms.store.rows[table]["schemaMetadata"].value["fields"]) == 5, "it arrived, unacknowledged"
    publisher.state_only(old)
    publisher.publish()
    assert publisher.verify() == ()


@pytest.mark.parametrize("publisher", [Mode.OPENAPI], indirect=True)
def test_a_refused_token_is_one_line_and_the_users_to_mend(publisher: Publisher) -> None:
    publisher.gms.token = RIGHT
    done = subprocess.run(
        [MESH, "catalog", "publish", "--file", str(publisher.file), "--mode", publisher.server.mode],
        env={**_environment(publisher), "DATAHUB_GMS_TOKEN": "wrong"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"mesh: {publisher.gms.url} refused the token (HTTP 401); "
        "set DATAHUB_GMS_TOKEN to one that may edit metadata; nothing was published"
    )
    assert "Traceback" not in done.stderr
    assert publisher.gms.store.rows == {}
    publisher.server = Server(publisher.gms.url, RIGHT, publisher.server.mode)
    assert publisher.publish().sent == len(publisher.stated)


def test_a_refused_token_leaves_nothing_in_doubt(publisher: Publisher) -> None:
    publisher.server = Server(publisher.gms.url, "old", publisher.server.mode)
    publisher.gms.token = RIGHT
    with pytest.raises(UserError, match="refused the token"):
        publisher.publish()
    publisher.server = Server(publisher.gms.url, RIGHT, publisher.server.mode)
    publisher.state_only(sample.without(publisher.stated, sample.GRAIN))
    publisher.state_only([s for s in publisher.stated if s.aspectName != "structuredProperties"])
    assert publisher.publish().removed == 0, "what went first was never on the server"


@pytest.mark.parametrize("config", [{"name": "a page"}, ["no", "config"], "<html>a login page</html>"])
def test_a_server_that_is_not_datahub_is_the_users_to_mend(publisher: Publisher, config: Any) -> None:
    publisher.gms.config = config
    with pytest.raises(UserError, match="DATAHUB_GMS_URL names the metadata service"):
        publisher.publish()
    assert publisher.gms.writes == 0


def test_a_server_that_is_down_is_said_in_seconds(publisher: Publisher) -> None:
    publisher.server = Server("http://127.0.0.1:9", mode=Mode.RESTLI)
    with pytest.raises(MeshFailure, match=r"does not answer .*refused.*; see that it runs") as raised:
        publisher.publish()
    assert raised.value.exit_code == 1


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("DATAHUB_GMS_URL", "", "no DataHub server is named"),
        ("DATAHUB_GMS_URL", "localhost:8080", "is no web address"),
        ("DATAHUB_GMS_URL", "http://localhost:gms", "is no web address"),
        ("DATAHUB_GMS_URL", "http://me:secret@localhost:8080", "carries a password"),
        ("DATAHUB_MODE", "soap", "one of auto, restli, openapi"),
        ("DATAHUB_GMS_TOKEN", "two\nlines", "one line of ASCII"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, rule: str) -> None:
    monkeypatch.setenv("DATAHUB_GMS_URL", "http://localhost:8080")
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=rule):
        Server.of(Settings.load())


def test_the_token_is_never_shown(gms: StandIn) -> None:
    assert "secret" not in repr(Server(gms.url, "secret"))


def _environment(publisher: Publisher) -> dict[str, str]:
    return {**os.environ, "MESH_HOME": str(publisher.home), "DATAHUB_GMS_URL": publisher.gms.url, "NO_COLOR": "1"}
