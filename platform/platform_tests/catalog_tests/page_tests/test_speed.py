"""How long a reader waits, at a fifth of the size that is promised (1,000 products of 50 columns).

Times are of the processor, so that a busy machine fails nothing; the promised times at full size are in the docstrings.
"""

import time
from collections.abc import Callable

import pytest

from mesh_platform.catalog.page.graph import Asked, lineage_page
from mesh_platform.catalog.page.metadata import Metadata, metadata_of
from mesh_platform.catalog.page.site import Site

from .proposals import large_mesh


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    return metadata_of(large_mesh(200, 50))


@pytest.fixture(scope="module")
def site(metadata: Metadata) -> Site:
    return Site(metadata)


def _seconds(work: Callable[[], object]) -> float:
    """The least of three: what the work takes when nothing else gets into the caches."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


@pytest.mark.parametrize("question", ["net amount", "cusomer identifer", "process 77 timestmp", "s", ""])
def test_a_search_answers_at_once(site: Site, question: str) -> None:
    """Promised: 100 ms at five times the size."""
    assert _seconds(lambda: site.search.ask(question)) < 0.05


def test_the_lineage_of_a_column_is_drawn_at_once(site: Site) -> None:
    """Promised: 1 s at five times the size; what is drawn is as large here, since it is cut at what can be read."""
    urn = "urn:li:dataProduct:domain0.campaign_product_0100"
    entity = site.metadata.entities[urn]
    column = site.tables(entity)[0].fields[7].name
    assert _seconds(lambda: lineage_page(site, entity, Asked(urn, column))) < 1


def test_the_index_is_ready_soon(metadata: Metadata) -> None:
    """Promised: 5 s from the start at five times the size."""
    assert _seconds(lambda: Site(metadata)) < 1
