"""One shop for the tests that only read; a shop of its own for those that publish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .shop import Shop, sales


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose rows stay; its gate is put back before each test by `shop`."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.publish(sales())
    return shop


@pytest.fixture
def shop(standing: Shop) -> Iterator[Shop]:
    """The standing shop with an open gate and an empty log."""
    standing.turned()
    standing.log.accesses.clear()
    standing.log.seen.clear()
    yield standing
    standing.turned()


@pytest.fixture
def own(tmp_path: Path) -> Shop:
    """A shop of the test's own, with rows."""
    shop = Shop(tmp_path)
    shop.publish(sales())
    return shop
