"""Checks the SQL of domains, for continuous integration: `python -m mesh_platform.transform sales inventory`.

Builds every model on empty relations in a home of its own and runs every data test and unit test, so that SQL which no
longer fits its sources, or the products of its neighbours, fails before any data meets it.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mesh_platform.contract import shape_of
from mesh_platform.contract.older import older_products
from mesh_platform.discover import domain_names, installed_domain
from mesh_platform.errors import MeshError
from mesh_platform.product import Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.build import check
from mesh_platform.transform.inputs import Input
from mesh_platform.transform.older import check_older


def empty_inputs(domain: Domain) -> dict[str, Input]:
    """The products that a domain reads, without rows and with the columns that their contracts promise now."""
    products = {port.product for product in domain.products for port in product.inputs}
    return {full_name: _empty(full_name) for full_name in sorted(products)}


def check_older_majors(domain: Domain) -> None:
    """Hold the SQL of every older major version of a domain's products against both contracts."""
    for product in domain.products:
        for older in older_products(domain, product):
            check_older(domain, older)


def main(names: Sequence[str]) -> int:
    """Check domains and say how it went.

    Args:
        names: The domains; none means all that are installed.

    Returns:
        0, or the exit code of the first error.
    """
    exit_code = 0
    with tempfile.TemporaryDirectory() as home:
        for name in names or domain_names():
            try:
                found = check(domain := installed_domain(name), Settings.load(Path(home)), empty_inputs(domain))
                check_older_majors(domain)
            except MeshError as error:
                print(error, file=sys.stderr)
                exit_code = exit_code or error.exit_code
            else:
                print(f"{name}: {len(found.models)} models, {found.tests} tests passed")
    return exit_code


def _empty(full_name: str) -> Input:
    domain, name = full_name.split(".")
    return Input(schema=shape_of(installed_domain(domain).product(name).contract).schema)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
