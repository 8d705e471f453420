"""The published documents that say who may ask a model."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.lake import Lake
from mesh_platform.serve.models import asking as asking_module
from mesh_platform.serve.models.asking import Asking
from mesh_platform.serve.models.serving import Serving
from mesh_platform.serve.operation import documents
from mesh_platform.serve.service import Service
from mesh_platform.settings import Settings
from platform_tests.contract_tests import samples
from platform_tests.deploy_tests import toy
from platform_tests.serve_models_tests.conftest import Figures
from platform_tests.serve_models_tests.test_routes import OpenGate

Readers = list[threading.Thread]


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Readers:
    """The threads that parsed the documents."""
    found: Readers = []

    def noted(contracts: Path) -> list[PublishedProduct]:
        found.append(threading.current_thread())
        return published(contracts)

    monkeypatch.setattr(documents, "published", noted)
    monkeypatch.setattr(asking_module, "LOOKED_AT_EVERY_S", 0.01)
    return found


@pytest.fixture
def asking(settings: Settings, lake: Lake, serving: Serving) -> Asking:
    """What asks the small model."""
    export([samples.shop()], settings.home / "contracts")
    gate = OpenGate()
    return Asking(Service(settings, settings.home / "contracts", lake, gate, gate, Figures()), serving)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(5.0):
        while not true():
            await asyncio.sleep(0.005)


def test_documents_that_change_are_parsed_beside_the_loop_and_requests_parse_none(
    asking: Asking, readers: Readers, settings: Settings
) -> None:
    product = toy.models()[toy.NAME]

    async def changed() -> None:
        asking.prepare()
        keeping = asyncio.create_task(asking.keep_documents())
        before = asking._document(product)
        assert len(readers) == 1
        for path in (settings.home / "contracts").glob("*/*/*.yaml"):
            os.utime(path, (1, 1))
        await until(lambda: asking._document(product) is not before)
        keeping.cancel()

    asyncio.run(changed())
    assert len(readers) == 2
    assert readers[1] is not threading.main_thread()


def test_a_document_that_breaks_leaves_what_was_published_before(
    asking: Asking, readers: Readers, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    product = toy.models()[toy.NAME]
    asking.prepare()
    before = asking._document(product)
    next((settings.home / "contracts").glob("*/*/*.yaml")).write_text("name: [")
    asking.prepare()
    assert asking._document(product) is before
    assert "can't be read" in caplog.text
    assert len(readers) == 2
