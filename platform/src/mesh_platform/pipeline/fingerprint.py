"""The version of the code that makes a domain's products: a digest of its sources, contracts and SQL."""

from functools import cache
from pathlib import Path

from mesh_platform.discover import code_folders
from mesh_platform.kept import version_of
from mesh_platform.product import Domain

CODE = {".py", ".sql", ".yml", ".yaml"}


@cache
def code_version(*folders: Path) -> str:
    """Digest the code under the folders, so that a snapshot can say what made it.

    Args:
        folders: Folders of Python, SQL and YAML files; caches and tests are left out.
    """
    return version_of(folders, CODE)


def domain_code(domain: Domain) -> str:
    """The version of a domain's code: its package, its SQL, the shared macros."""
    return code_version(*code_folders(domain.name))
