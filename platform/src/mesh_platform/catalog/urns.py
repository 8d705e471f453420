"""The names under which DataHub knows what the mesh has; the same name for the same thing in every build."""

from typing import Final
from urllib.parse import quote

ENVIRONMENT: Final = "PROD"
LAKE, FILES, DBT = "iceberg", "file", "dbt"
"""The platforms of tables, of landed files and of dbt models."""
ORCHESTRATOR, REGISTRY = "dagster", "mlflow"
LANDING: Final = "landing/"
"""What the names of landed file sets begin with."""
PROPERTY: Final = "omnishop."
"""What the names of governance's structured properties begin with."""


def platform(name: str) -> str:
    """A technology, such as "iceberg"; DataHub knows those that are used here by itself."""
    return f"urn:li:dataPlatform:{name}"


def dataset(name: str, of: str = "") -> str:
    """A table of the lake, or a landed file set where the name says so; of another platform where one is named."""
    found = of or (FILES if name.startswith(LANDING) else LAKE)
    return f"urn:li:dataset:({platform(found)},{name},{ENVIRONMENT})"


def dbt_model(domain: str, model: str) -> str:
    """A dbt model of a domain's project."""
    return dataset(f"{domain}.{model}", DBT)


def field(table: str, column: str) -> str:
    """A column of a dataset, from the dataset's URN."""
    return f"urn:li:schemaField:({table},{column})"


def column(node: str) -> str:
    """A column from its name across the mesh, such as "sales.orders.net_amount"."""
    table, _, name = node.rpartition(".")
    return field(dataset(table), name)


def domain(name: str) -> str:
    """A domain."""
    return f"urn:li:domain:{name}"


def product(name: str) -> str:
    """A data product, from its full name."""
    return f"urn:li:dataProduct:{name}"


def contract(product_name: str, major: int) -> str:
    """A major version of a product's contract."""
    return f"urn:li:dataContract:{product_name}.v{major}"


def assertion(table: str, rule: str) -> str:
    """A rule of a table's contract."""
    return f"urn:li:assertion:{table}.{rule}"


def term(name: str) -> str:
    """A glossary term, as the contracts spell it."""
    return f"urn:li:glossaryTerm:{quote(name)}"


def tag(name: str) -> str:
    """A tag."""
    return f"urn:li:tag:{name}"


def team(email: str) -> str:
    """A team, from its address."""
    return f"urn:li:corpGroup:{email.partition('@')[0]}"


def structured_property(name: str) -> str:
    """A structured property of governance's, from its short name."""
    return f"urn:li:structuredProperty:{PROPERTY}{name}"


def flow(domain_name: str) -> str:
    """A domain's Dagster code location."""
    return f"urn:li:dataFlow:({ORCHESTRATOR},{domain_name},{ENVIRONMENT})"


def job(domain_name: str, *key: str) -> str:
    """A Dagster asset, from its key."""
    return f"urn:li:dataJob:({flow(domain_name)},{'__'.join(key)})"


def run(run_id: str, *key: str) -> str:
    """What a Dagster run did for one asset."""
    return f"urn:li:dataProcessInstance:{run_id}.{'__'.join(key)}"


def model_group(domain_name: str, model: str) -> str:
    """A model, all its versions."""
    return f"urn:li:mlModelGroup:({platform(REGISTRY)},{domain_name}.{model},{ENVIRONMENT})"


def model_version(domain_name: str, model: str, version: int) -> str:
    """One trained version of a model."""
    return f"urn:li:mlModel:({platform(REGISTRY)},{domain_name}.{model}.v{version},{ENVIRONMENT})"


def feature_table(table: str) -> str:
    """A product whose columns are features."""
    return f"urn:li:mlFeatureTable:({platform(LAKE)},{table})"


def feature(table: str, name: str) -> str:
    """A feature of a feature table."""
    return f"urn:li:mlFeature:({table},{name})"


def feature_key(table: str, name: str) -> str:
    """A column that names the entity of a feature table."""
    return f"urn:li:mlPrimaryKey:({table},{name})"
