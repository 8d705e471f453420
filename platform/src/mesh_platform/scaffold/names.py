"""Which names a new domain or product may have, and the forms in which a name is written."""

import re
from importlib.metadata import distributions
from importlib.util import find_spec
from keyword import iskeyword
from typing import Final

from mesh_platform.errors import UserError
from mesh_platform.product import RESERVED_DOMAINS, RESERVED_PRODUCTS

LONGEST: Final = 30
"""Characters of a name: longer ones make table names and lines of code that nobody reads."""
_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SCHEMAS: Final = frozenset({"raw", "main", "temp", "system", "information_schema", "pg_catalog"})
"""Schemas that every domain's warehouse has already."""
_LAKE_SUFFIXES: Final = ("_raw", "_quarantine", "_landed")
"""Endings of the lake's own namespaces."""
_CONTRACT_WORDS: Final = frozenset({"contract", "data_product", "timestamp"})
"""Products whose contract class would hide a word of the contract language."""


def check_domain_name(name: str) -> None:
    """Refuse a name that a new domain can't have.

    Args:
        name: The domain's name.

    Raises:
        UserError: With the rule that the name breaks.
    """
    _check_identifier("domain", name)
    if name in RESERVED_DOMAINS:
        raise UserError(f"domain '{name}': contracts/{name}/ is taken by the mesh's {name}; choose another name")
    if name in _SCHEMAS or name.endswith(_LAKE_SUFFIXES):
        raise UserError(f"domain '{name}': the mesh uses this name for tables of its own; choose another")
    if find_spec(f"mesh_{name}") is not None:
        raise UserError(f"domain '{name}': package mesh_{name} is installed already; choose another name")
    if name in _installed():
        raise UserError(f"domain '{name}': an installed package has this name; choose another")


def check_product_name(name: str) -> None:
    """Refuse a name that a new product can't have.

    Args:
        name: The product's name within its domain.

    Raises:
        UserError: With the rule that the name breaks.
    """
    _check_identifier("product", name)
    if name in RESERVED_PRODUCTS:
        raise UserError(f"product '{name}': the name is taken: {RESERVED_PRODUCTS[name]}; choose another name")
    if name in _CONTRACT_WORDS:
        raise UserError(f"product '{name}': it is a word of the contract language; choose another name")


def _check_identifier(kind: str, name: str) -> None:
    if not _SNAKE_CASE.fullmatch(name):
        raise UserError(
            f"{kind} '{name}': a name is snake_case (a-z, 0-9, single _; a letter first); try '{_near(name)}'"
        )
    if iskeyword(name):
        raise UserError(f"{kind} '{name}': it is a keyword of Python; choose another name")
    if len(name) > LONGEST:
        raise UserError(f"{kind} '{name}': it has {len(name)} characters (rule: at most {LONGEST}); shorten it")


def _near(name: str) -> str:
    """Guess what was meant: loyaltyPoints and Loyalty-Points are loyalty_points."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = re.findall(r"[a-z0-9]+", apart)
    return "_".join(words).lstrip("0123456789_") or "loyalty"


def _installed() -> set[str]:
    return {str(found.metadata["Name"]).lower().replace("-", "_") for found in distributions()}


def words(name: str) -> str:
    """The name in running text: loyalty_points → loyalty points."""
    return name.replace("_", " ")


def title(name: str) -> str:
    """The name at the head of a page: loyalty_points → Loyalty points."""
    return words(name).capitalize()


def dashed(name: str) -> str:
    """The name in addresses: loyalty_points → loyalty-points."""
    return name.replace("_", "-")


def class_name(name: str) -> str:
    """The name of a product's contract: daily_points → DailyPoints."""
    return "".join(part.capitalize() for part in name.split("_"))
