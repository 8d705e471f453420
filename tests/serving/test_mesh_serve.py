"""`mesh serve` and a client of it, from the first start to the end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import polars as pl
import pytest

from mesh_platform.client import Mesh, Refused

from .conftest import ENDS_WITHIN_S, ORDERS, Project, Served, serving
from .shop import lines, order_id

LOOKUPS = 200


@pytest.fixture(scope="module")
def served(project: Project) -> Iterator[Served]:
    """A service of two workers."""
    with serving(project, workers=2) as found:
        yield found


def _lookup(mesh: Mesh, number: int) -> int | None:
    row = mesh.product("sales.orders").select("order_id", "lines").get(order_id(number))
    return None if row is None else row["lines"]


def test_without_a_key_nothing_is_told_and_with_the_one_that_was_printed_rows_are(served: Served) -> None:
    assert httpx.get(f"{served.url}/products/sales.orders/rows").status_code == 401
    with pytest.raises(Refused, match="401"):
        Mesh(served.url, "mesh_000000000000_" + "x" * 43).products()
    assert _lookup(served.mesh(), 1_234) == lines(1_234)


def test_a_worker_that_is_killed_under_load_costs_a_client_no_answer(served: Served) -> None:
    with served.mesh() as mesh, ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda n: _lookup(mesh, n), range(LOOKUPS)))
        workers = served.workers()
        rest = pool.map(lambda n: _lookup(mesh, n), range(LOOKUPS))
        os.kill(min(workers), signal.SIGKILL)
        assert len(workers) == 2
        assert first == list(rest) == list(map(lines, range(LOOKUPS)))


def test_a_service_that_is_told_to_stop_finishes_a_stream_and_ends_well(served: Served) -> None:
    with served.mesh() as mesh:
        batches = mesh.product("sales.orders").select("order_id", "lines", "net_amount").batches()
        rows = [next(batches)]
        served.process.send_signal(signal.SIGTERM)
        rows.extend(batches)
    assert served.process.wait(ENDS_WITHIN_S) == 0
    frame = pl.concat([pl.DataFrame(batch) for batch in rows])
    assert frame["order_id"].n_unique() == frame.height == ORDERS


def test_nothing_that_was_asked_for_is_in_the_log(served: Served) -> None:
    log = served.log.read_text()
    assert '"route":"/products/{product}/rows/{key:key}"' in log.replace(" ", "")
    assert order_id(1_234) not in log
    assert served.key not in log


@pytest.mark.usefixtures("served")
def test_the_key_is_shown_once(project: Project) -> None:
    with serving(project, workers=1) as again:
        assert again.key is None


def test_a_taken_port_is_one_line(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [str(Path(sys.executable).with_name("mesh")), "serve", "--port", port]
        said = subprocess.run(command, env=project.environment(), capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        f"mesh: 127.0.0.1:{port} can't be listened on (Address already in use); choose another --port"
    ]
