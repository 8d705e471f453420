import pytest

from tests.conftest import Mesh
from tests.reliability.worlds import WORLD


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    """A mesh that took a whole world in one go; nobody changes what can be read from it."""
    mesh = Mesh(tmp_path_factory.mktemp("undisturbed") / "home")
    mesh("simulate", *WORLD)
    mesh("run")
    return mesh
