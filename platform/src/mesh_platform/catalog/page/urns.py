"""URNs, DataHub's names of everything: taken apart, and as a page's address."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote

_DATASET = "urn:li:dataset:("
_FIELD = "urn:li:schemaField:("
_VERSIONED_PATH = re.compile(r"\[[^\]]*\]\.?")
"""What DataHub's field paths of version 2 put around a column's name, such as `[version=2.0].[type=string].`."""


def entity_type(urn: str) -> str:
    """The type in a URN, such as "dataset"; "" where the text is no URN."""
    parts = urn.split(":", 3)
    return parts[2] if len(parts) == 4 and urn.startswith("urn:li:") else ""


@lru_cache(maxsize=100_000)
def short_name(urn: str) -> str:
    """The part of a URN that people say, such as "sales.orders"."""
    parts = urn.split(":", 3)
    if len(parts) < 4:
        return urn
    inner = parts[3]
    if inner.startswith("("):
        inside = _split(inner[1:-1])
        named = {"dataset": 1, "mlModel": 1, "mlModelGroup": 1, "mlModelDeployment": 1, "dataFlow": 1}
        inner = inside[named.get(parts[2], len(inside) - 1)]
    return unquote(inner)


def platform_of(urn: str) -> str:
    """The data platform in a dataset's or a model's URN, such as "iceberg"; "" where it names none."""
    found = re.search(r"urn:li:dataPlatform:([^,)]+)", urn)
    return found[1] if found else ""


def field_of(urn: str) -> tuple[str, str]:
    """Take a schemaField's URN apart.

    Returns:
        The dataset's URN and the column.
    """
    dataset, _, path = urn.removeprefix(_FIELD).removesuffix(")").rpartition(",")
    return dataset, column_name(unquote(path))


def column_name(path: str) -> str:
    """The column of a field path, in either version of DataHub's spelling."""
    return _VERSIONED_PATH.sub("", path) if path.startswith("[") else path


def entity_address(urn: str) -> str:
    """The address of an entity's page."""
    return "/entity/" + quote(urn, safe=":(),")


def lineage_address(urn: str, **asked: str) -> str:
    """The address of an entity's lineage.

    Args:
        urn: The entity.
        asked: The question's parts that differ from the default, such as column="net_amount".
    """
    query = "&".join(f"{name}={quote(value, safe=',.')}" for name, value in asked.items() if value)
    return "/lineage/" + quote(urn, safe=":(),") + ("?" + query if query else "")


def _split(inside: str) -> list[str]:
    """Split at the commas outside brackets: URNs hold URNs."""
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
