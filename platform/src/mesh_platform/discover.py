"""Finds domains: from the entry points of installed distributions to `Domain` objects, and to their folders.

A domain's package holds `domain.py` (DOMAIN), `sources.py` (SOURCES) and one module a product (PRODUCT) in `products/`.
"""

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.product import DataProduct, Domain, Owner

ENTRY_POINTS = "mesh.domains"
PREFIX = "mesh_"


def load_domain(package: str, owner: Owner, description: str) -> Domain:
    """Assemble a domain from its package: its sources, and the product of every module in `products/`.

    Args:
        package: The domain's package, such as "mesh_sales"; the domain's name is what follows "mesh_".
        owner: The team.
        description: A sentence for people.

    Raises:
        BadContract: Where a product's module declares no PRODUCT.
    """
    sources = importlib.import_module(f"{package}.sources").SOURCES
    products = importlib.import_module(f"{package}.products")
    modules = sorted(found.name for found in pkgutil.iter_modules(products.__path__))
    return Domain(
        name=package.removeprefix(PREFIX),
        owner=owner,
        description=description,
        sources=tuple(sources),
        products=tuple(_product(f"{package}.products.{module}") for module in modules),
    )


def _product(module: str) -> DataProduct:
    product = getattr(importlib.import_module(module), "PRODUCT", None)
    if not isinstance(product, DataProduct):
        raise BadContract(f"{module} declares no PRODUCT (rule: one DataProduct a module of products/); add it")
    return product


def domain_names() -> list[str]:
    """List the installed domains without importing them."""
    return sorted(_packages())


@cache
def installed_domains() -> dict[str, Domain]:
    """Load every installed domain, by name; a domain is installed with its distribution."""
    return {name: installed_domain(name) for name in domain_names()}


def installed_domain(name: str) -> Domain:
    """Load one installed domain without importing the others.

    Raises:
        UnknownName: Where no installed distribution declares it.
    """
    packages = _packages()
    if name not in packages:
        raise UnknownName.of("domain", name, list(packages))
    domain: Domain = importlib.import_module(f"{packages[name]}.domain").DOMAIN
    return domain


def _packages() -> dict[str, str]:
    return {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)}


def package_folder(domain: str) -> Path:
    """Find the folder of a domain's package without importing it.

    Raises:
        UnknownName: Where the package is not importable.
    """
    spec = find_spec(PREFIX + domain)
    if spec is None or not spec.submodule_search_locations:
        raise UnknownName(f"no package '{PREFIX}{domain}' for domain '{domain}'; install its distribution")
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def dbt_folder(domain: str) -> Path:
    """Find a domain's dbt project: inside its package when installed as a wheel, beside `src/` in a checkout.

    Raises:
        UnknownName: Where there is none.
    """
    package = package_folder(domain)
    candidates = (package / "dbt", package.parent.parent / "dbt")
    for folder in candidates:
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise UnknownName(f"no dbt project of domain '{domain}'; expected dbt_project.yml in {candidates[1]}")


def code_folders(domain: str) -> tuple[Path, ...]:
    """List the folders whose code makes a domain's products: its package, its dbt project, the shared macros."""
    shared = Path(__file__).parent / "transform" / "dbt_mesh"
    return (package_folder(domain), dbt_folder(domain), shared)
