from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_platform.catalog.publish import Mode, Server
from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.publisher import Publisher
from platform_tests.catalog_tests.publish_tests.stand_in import StandIn, serving


@pytest.fixture
def gms() -> Iterator[StandIn]:
    """A DataHub server where nothing has been published."""
    with serving(StandIn()) as stand_in:
        yield stand_in


@pytest.fixture(params=[Mode.RESTLI, Mode.OPENAPI])
def publisher(gms: StandIn, tmp_path: Path, request: pytest.FixtureRequest) -> Publisher:
    """A mesh that publishes to it, by each of its interfaces."""
    return Publisher(gms, tmp_path, Server(gms.url, mode=request.param, timeout_s=1, backoff_s=0), sample.proposals())
