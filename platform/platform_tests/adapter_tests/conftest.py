"""The public exports that the adapters read: beside the checkout, or where MESH_TEST_DATA says."""

import os
from pathlib import Path

import pytest

from mesh_platform.ingest.adapters import adapt
from platform_tests.adapter_tests.exports import EXPORTS, Export, Landing

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def exports() -> Path:
    """The folder of the exports; where it is missing, tests are skipped loudly, and fail on CI."""
    folder = Path(os.environ.get("MESH_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    missing = [export.folder for export in EXPORTS.values() if not (folder / export.folder).is_dir()]
    if missing:
        said = f"no {', '.join(missing)} in {folder}; set MESH_TEST_DATA to the folder of the public exports"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    return folder


@pytest.fixture(scope="session")
def landings(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Landing]:
    """Every export in a landing zone of its own."""
    made = {}
    for name, export in EXPORTS.items():
        home = tmp_path_factory.mktemp(name)
        adapted = adapt(name, exports / export.folder, home / "landing")
        made[name] = Landing(home, exports / export.folder, adapted)
    return made


@pytest.fixture(params=EXPORTS)
def landing(request: pytest.FixtureRequest, landings: dict[str, Landing]) -> Landing:
    return landings[request.param]


@pytest.fixture(params=EXPORTS)
def export(request: pytest.FixtureRequest) -> Export:
    return EXPORTS[request.param]
