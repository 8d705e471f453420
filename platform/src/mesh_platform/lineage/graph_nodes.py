"""The names of the lineage graph's nodes, and what they tell: which table, which kind, whose domain."""

from typing import Literal

Kind = Literal["landing", "raw", "product", "model"]
LANDING = "landing/"
RAW = "_raw"
"""How the namespace of a domain's raw tables ends."""
MODELS = "models"
"""The part of a model's name between its domain and its own name."""


def kind_of(node: str) -> Kind:
    """Tell what a column or a table belongs to: landed files, a raw table, a product or a model."""
    if node.startswith(LANDING):
        return "landing"
    namespace, _, rest = node.partition(".")
    if namespace.endswith(RAW):
        return "raw"
    return "model" if rest.startswith(MODELS + ".") else "product"


def table_of(node: str) -> str:
    """Name the table of a column; a model, which is one node, stands for itself."""
    return node if kind_of(node) == "model" else node.rpartition(".")[0]


def domain_of(node: str) -> str:
    """Name the domain that owns a column or a table."""
    if node.startswith(LANDING):
        return node.split("/")[1]
    return node.partition(".")[0].removesuffix(RAW)


def raw_table(domain: str, source: str) -> str:
    """Name a source's raw table in the lake."""
    return f"{domain}{RAW}.{source}"


def landing_set(domain: str, source: str) -> str:
    """Name the files that land for a source."""
    return f"{LANDING}{domain}/{source}"
