"""A project in which `mesh new` was used, made once for all tests that only look at it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from platform_tests.scaffold_tests.project import Project

MEMBER = '''class Member(Contract):
    """A member.

    Grain: one row per member. Source: club.
    """

    member_id: str = column("The member.", key=True)


SOURCES = (
    Source("members", Member, "csv", "club"),
'''
DECLARED = """      - name: members
        description: Members. One row per member.
"""


@dataclass(frozen=True, slots=True)
class Grown:
    """A project with a domain and two products that `mesh new` made.

    Args:
        project: The project.
        before: Its files before.
        after: Its files after `mesh new domain`.
        said: What the commands printed.
    """

    project: Project
    before: dict[str, bytes]
    after: dict[str, bytes]
    said: list[str]

    @property
    def folder(self) -> Path:
        """The new domain's folder."""
        return self.project.root / "domains" / "loyalty"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without a domain."""
    return Project.at(tmp_path / "project")


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """A project in which a domain was made, and then two products: of a feed of facts and of a master."""
    project = Project.at(tmp_path_factory.mktemp("grown") / "project")
    before = project.files()
    said = [_mesh_new(project, "domain", "loyalty")]
    after = project.files()
    said.append(_mesh_new(project, "product", "loyalty.daily_points"))
    _add_a_master(project.root / "domains" / "loyalty")
    said.append(_mesh_new(project, "product", "loyalty.member_days", "--source", "members"))
    return Grown(project, before, after, said)


def _mesh_new(project: Project, *arguments: str) -> str:
    done = project.mesh("new", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _add_a_master(folder: Path) -> None:
    sources = folder / "src/mesh_loyalty/sources.py"
    code, _, events = sources.read_text().partition("SOURCES = (")
    sources.write_text(code + MEMBER + f"    {events.strip().removesuffix(')')}\n)\n")
    with (folder / "dbt/models/sources.yml").open("a") as declared:
        declared.write(DECLARED)
