"""`mesh catalog serve` as a person starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from platform_tests.cli_tests.commands import ROOT, Mesh


def _start(home: Path) -> "subprocess.Popen[str]":
    command = [str(Path(sys.executable).with_name("mesh")), "catalog", "serve", "--port", "0"]
    environment = {**os.environ, "MESH_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _address(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait for the line that says where the page is; give it and what was said before."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://\S+", line):
            return found[0], said
    raise AssertionError(said)


def test_a_mesh_that_never_ran_is_served_and_the_server_stops_on_ctrl_c(tmp_path: Path) -> None:
    process = _start(tmp_path / "home")
    try:
        address, said = _address(process)
        assert "building the metadata" in said
        with urlopen(address + "/entity/urn:li:dataProduct:sales.orders") as answer:  # noqa: S310 - its own page
            assert b"No snapshot was published yet" in answer.read()
    finally:
        process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_taken_port_is_one_line(mesh: Mesh) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = mesh("catalog", "serve", "--port", str(port), code=2)
    assert said.err.splitlines() == [
        f"mesh: 127.0.0.1:{port} can't be listened on (Address already in use); choose another --port"
    ]


def test_a_file_that_is_no_metadata_is_one_line(mesh: Mesh) -> None:
    file = mesh.home / "catalog" / "metadata.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    os.utime(file, (2**32, 2**32))  # newer than everything that it is made of
    said = mesh("catalog", "serve", "--port", "0", code=2)
    assert "mesh catalog build" in said.err
    assert len(said.err.splitlines()) == 1
