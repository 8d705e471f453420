from dataclasses import replace
from pathlib import Path

import pytest

from mesh_platform.catalog.build import proposals
from mesh_platform.catalog.gather import Mesh, gather
from mesh_platform.catalog.proposals import Proposal
from mesh_platform.settings import Settings
from platform_tests.catalog_tests import samples


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with published documents and governance's files; nobody changes it."""
    folder = tmp_path_factory.mktemp("catalog_project")
    samples.publish_documents(folder)
    return folder


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose lake holds some of it; nobody changes it."""
    found = Settings.load(tmp_path_factory.mktemp("catalog_home"))
    samples.publish_rows(found)
    return found


@pytest.fixture(scope="session")
def mesh(root: Path, settings: Settings) -> Mesh:
    """The mesh as the catalog sees it after a run, with a trained model and parsed SQL."""
    gathered = gather(root, settings)
    return replace(
        gathered,
        versions={"fraud": (samples.VERSION,)},
        dbt={"sales": (samples.FCT_ORDERS, samples.STG_ORDERS)},
    )


@pytest.fixture(scope="session")
def built(mesh: Mesh) -> list[Proposal]:
    """What is proposed of it."""
    return proposals(mesh)
