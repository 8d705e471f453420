"""Changing who answers, in the registry."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from mesh_platform.cli.main import app
from mesh_platform.errors import ModelRefused, UserError
from mesh_platform.ml.deploy.deployment import (
    Deployment,
    deployment,
    promote,
    send_canary,
    send_shadow,
    stop,
    take_back,
)
from mesh_platform.ml.registry import Registry
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy


def test_a_canary_and_a_shadow_are_seen_by_whoever_reads(registry: Registry, settings: Settings) -> None:
    before = registry.stamp()
    send_canary(registry, toy.NAME, toy.EQUAL, 0.05)
    send_shadow(registry, toy.NAME, toy.DRIFTING)
    elsewhere = Registry.open(settings)
    assert deployment(elsewhere, toy.NAME) == Deployment(toy.NAME, 2, 1, toy.EQUAL, 0.05, toy.DRIFTING)
    assert elsewhere.stamp() != before


def test_a_canary_that_passed_no_gate_or_has_no_share_is_refused(registry: Registry) -> None:
    with pytest.raises(ModelRefused, match="version 6 may not answer: not better; `mesh deploy purchase --shadow 6`"):
        send_canary(registry, toy.NAME, toy.REFUSED, 0.05)
    with pytest.raises(UserError, match="above 0% and below 100%"):
        send_canary(registry, toy.NAME, toy.EQUAL, 1.0)
    with pytest.raises(UserError, match="version 2 is the champion"):
        send_canary(registry, toy.NAME, toy.CHAMPION, 0.05)
    assert deployment(registry, toy.NAME) == Deployment(toy.NAME, 2, 1)


def test_a_promoted_canary_is_the_champion_alone(registry: Registry) -> None:
    send_canary(registry, toy.NAME, toy.EQUAL, 0.05)
    promote(registry, toy.NAME)
    assert deployment(registry, toy.NAME) == Deployment(toy.NAME, 3, 2)
    with pytest.raises(ModelRefused, match="neither canary nor shadow"):
        promote(registry, toy.NAME)


def test_a_canary_is_taken_back_once_and_the_reason_stays(registry: Registry) -> None:
    send_canary(registry, toy.NAME, toy.DRIFTING, 0.05)
    assert take_back(registry, toy.NAME, toy.DRIFTING, "error rate 9%")
    assert take_back(registry, toy.NAME, toy.DRIFTING, "something else") is None
    ended = deployment(registry, toy.NAME).ended
    assert ended
    assert (ended.version, ended.reason) == (toy.DRIFTING, "error rate 9%")
    assert send_canary(registry, toy.NAME, toy.EQUAL, 0.05).ended is None
    assert stop(registry, toy.NAME).canary is None


def test_the_command_changes_and_tells_who_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_HOME", str(settings.home))
    run = CliRunner()
    told = json.loads(run.invoke(app, ["deploy", toy.NAME, "--canary", "3", "--share", "12.5%", "--json"]).output)
    assert (told["champion"], told["canary"], told["share"]) == (2, 3, 0.125)
    assert "12.5% of the entities" in run.invoke(app, ["deploy", toy.NAME]).output
    told = json.loads(run.invoke(app, ["deploy", toy.NAME, "--rollback", "--json"]).output)
    assert (told["champion"], told["canary"], told["ended"]["reason"]) == (2, None, "by hand")
    told = json.loads(run.invoke(app, ["deploy", toy.NAME, "--rollback", "--json"]).output)
    assert (told["champion"], told["previous"]) == (1, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--canary", "3", "--share", "some"], "--share 'some' is no share (rule: such as 5% or 0.05)"),
        (["--canary", "3", "--promote"], "one at a time"),
        (["--shadow", "99"], "no version of model 'purchase' '99'"),
    ],
)
def test_a_wrong_command_changes_nothing(
    registry: Registry, settings: Settings, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("MESH_HOME", str(settings.home))
    found = CliRunner().invoke(app, ["deploy", toy.NAME, *words])
    assert isinstance(found.exception, UserError)
    assert said in str(found.exception)
    assert deployment(registry, toy.NAME) == Deployment(toy.NAME, 2, 1)
