"""Metadata files for the tests, written by hand in DataHub's format: a small mesh, and large ones made by a rule."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Proposal = dict[str, Any]


def dataset(name: str, platform: str = "iceberg") -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:{platform},{name},PROD)"


def column(table: str, name: str) -> str:
    return f"urn:li:schemaField:({table},{name})"


def aspects(urn: str, **said: Mapping[str, Any]) -> list[Proposal]:
    return [
        {
            "entityType": urn.split(":")[2],
            "entityUrn": urn,
            "changeType": "UPSERT",
            "aspectName": name,
            "aspect": {"json": content},
        }
        for name, content in said.items()
    ]


def write(path: Path, proposals: Iterable[Proposal]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(proposals)))
    return path


def field(name: str, description: str = "", *, terms: Sequence[str] = (), tags: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "fieldPath": name,
        "nullable": False,
        "description": description,
        "nativeDataType": "string",
        "type": {"type": {"com.linkedin.schema.StringType": {}}},
        "glossaryTerms": {"terms": [{"urn": f"urn:li:glossaryTerm:{term}"} for term in terms]},
        "globalTags": {"tags": [{"tag": f"urn:li:tag:{tag}"} for tag in tags]},
    }


def table(
    name: str,
    fields: Sequence[Mapping[str, Any]],
    *,
    domain: str,
    description: str = "",
    origins: Mapping[str, Sequence[str]] | None = None,
    upstreams: Sequence[str] = (),
    platform: str = "iceberg",
    kind: str = "",
) -> list[Proposal]:
    """A dataset with columns and lineage; `origins`: column → URNs of the columns it is made from."""
    urn = dataset(name, platform)
    fine = [
        {
            "upstreamType": "FIELD_SET",
            "upstreams": list(made_from),
            "downstreamType": "FIELD",
            "downstreams": [column(urn, result)],
        }
        for result, made_from in (origins or {}).items()
    ]
    lineage = {"upstreams": [{"dataset": u, "type": "TRANSFORMED"} for u in upstreams], "fineGrainedLineages": fine}
    return aspects(
        urn,
        datasetProperties={"name": name, "description": description, "customProperties": {}, "tags": []},
        schemaMetadata={"schemaName": name, "fields": list(fields)},
        upstreamLineage=lineage,
        domains={"domains": [f"urn:li:domain:{domain}"]},
        **({"subTypes": {"typeNames": [kind]}} if kind else {}),
    )


def product(name: str, *, domain: str, description: str) -> list[Proposal]:
    return aspects(
        f"urn:li:dataProduct:{name}",
        dataProductProperties={
            "name": name,
            "description": description,
            "customProperties": {},
            "assets": [{"destinationUrn": dataset(name), "outputPort": True}],
        },
        domains={"domains": [f"urn:li:domain:{domain}"]},
        ownership={"owners": [{"owner": f"urn:li:corpGroup:{domain}-data", "type": "TECHNICAL_OWNER"}]},
    )


def domain(name: str, description: str = "") -> list[Proposal]:
    said = {"name": name.capitalize(), "description": description, "customProperties": {}}
    return aspects(f"urn:li:domain:{name}", domainProperties=said)


CONTRACT = """
version: 2.1.0
status: active
domain: sales
support: [{channel: '#sales-data'}]
schema:
  - name: orders
    dataGranularityDescription: One row per order.
    properties:
      - {name: order_id, required: true, classification: internal}
      - {name: net_amount, classification: internal, logicalTypeOptions: {minimum: 0},
         customProperties: [{property: unit, value: EUR}]}
      - {name: email, classification: restricted, customProperties: [{property: personal, value: e-mail}]}
    quality:
      - {name: key, description: one row per order_id, dimension: uniqueness}
slaProperties:
  - {property: latency, value: 26, unit: h, description: How old the newest row may be}
  - {property: minRows, value: 5, unit: rows}
"""


def small_mesh() -> list[Proposal]:
    """Two domains: sales makes orders from a landed file; customers makes a model's predictions from them."""
    raw, landed, mart = dataset("sales_raw.lines"), dataset("landing/sales/lines", "file"), dataset("sales.fct", "dbt")
    orders, risk = dataset("sales.orders"), dataset("customers.churn_risk")
    model = "urn:li:mlModel:(urn:li:dataPlatform:mlflow,customers.churn.v1,PROD)"
    job = "urn:li:dataJob:(urn:li:dataFlow:(dagster,customers,PROD),customers__churn_risk)"
    rule = "urn:li:assertion:sales.orders.key"
    return [
        *domain("sales", "What was sold. In stores and on the web."),
        *domain("customers", "Who buys."),
        *aspects(
            "urn:li:corpGroup:sales-data",
            corpGroupInfo={"displayName": "Sales", "email": "sales@omnishop.example", "admins": [], "members": []},
        ),
        *aspects(
            "urn:li:glossaryTerm:Net%20amount",
            glossaryTermInfo={"name": "Net amount", "definition": "Gross less discount."},
        ),
        *aspects("urn:li:tag:personal-data", tagProperties={"name": "Personal data", "description": "Of a person."}),
        *table("landing/sales/lines", [field("price")], domain="sales", platform="file", kind="Landed files"),
        *table(
            "sales_raw.lines",
            [field("price", "The price.")],
            domain="sales",
            origins={"price": [column(landed, "price")]},
            upstreams=[landed],
            kind="Raw table",
        ),
        *table("sales.fct", [field("net_amount")], domain="sales", upstreams=[raw], platform="dbt", kind="Model"),
        *table(
            "sales.orders",
            [
                {**field("order_id", "The order."), "isPartOfKey": True},
                field("net_amount", "What the customer pays.", terms=["Net%20amount"]),
                field("email", "Where it was confirmed.", tags=["personal-data"]),
            ],
            domain="sales",
            description="Orders with their totals.",
            origins={"net_amount": [column(raw, "price")]},
            upstreams=[mart],
        ),
        *aspects(
            column(orders, "email"),
            structuredProperties={
                "properties": [
                    {
                        "propertyUrn": "urn:li:structuredProperty:omnishop.classification",
                        "values": [{"string": "restricted"}],
                    }
                ]
            },
        ),
        *product("sales.orders", domain="sales", description="Orders with their totals.\n\nReturns lower the amounts."),
        *aspects(
            "urn:li:dataContract:sales.orders.v2",
            dataContractProperties={"entity": orders, "rawContract": CONTRACT},
            dataContractStatus={"state": "ACTIVE", "customProperties": {}},
        ),
        *aspects(
            rule, assertionInfo={"type": "DATA_SCHEMA", "description": "one row per order_id", "entityUrn": orders}
        ),
        *(
            event
            for at, outcome in ((1_000, "FAILURE"), (2_000, "SUCCESS"))
            for event in aspects(
                rule,
                assertionRunEvent={
                    "timestampMillis": at,
                    "runId": "r",
                    "asserteeUrn": orders,
                    "assertionUrn": rule,
                    "status": "COMPLETE",
                    "result": {"type": outcome},
                },
            )
        ),
        *table(
            "customers.churn_risk",
            [field("probability", "How likely.")],
            domain="customers",
            description="Who is about to leave.",
            origins={"probability": [column(orders, "net_amount")]},
            upstreams=[orders],
        ),
        *product("customers.churn_risk", domain="customers", description="Who is about to leave."),
        *aspects(
            model,
            mlModelProperties={"description": "Predicts churn.", "trainingJobs": [], "downstreamJobs": [job]},
            domains={"domains": ["urn:li:domain:customers"]},
        ),
        *aspects(
            job,
            dataJobInfo={"name": "customers/churn_risk", "type": {"string": "DAGSTER"}, "customProperties": {}},
            dataJobInputOutput={"inputDatasets": [orders], "outputDatasets": [risk]},
        ),
    ]


def large_mesh(products: int, columns: int, domains: int = 10) -> list[Proposal]:
    """Products that each read two earlier ones, column by column."""
    made: list[Proposal] = [p for number in range(domains) for p in domain(f"domain{number}", f"Domain {number}.")]
    for number in range(products):
        name, of = _product(number, domains), f"domain{number % domains}"
        read = sorted({max(number - 1 - number % 7, 0), number // 2} - {number})
        sources = {other: dataset(_product(other, domains)) for other in read}
        fields = [field(_column(number, c), f"Measure {c} of process {number}.") for c in range(columns)]
        origins = {
            _column(number, c): [column(urn, _column(other, c)) for other, urn in sources.items()]
            for c in range(columns)
            if sources
        }
        said = f"What happened in process {number}, one row a day."
        upstreams = list(sources.values())
        made += table(name, fields, domain=of, description=said, origins=origins, upstreams=upstreams)
        made += product(name, domain=of, description=said)
    return made


_STEMS = ("net", "gross", "customer", "order", "store", "visitor", "stock", "forecast", "campaign", "return")
_ENDS = ("amount", "quantity", "identifier", "timestamp", "share", "probability", "country")


def _product(number: int, domains: int) -> str:
    return f"domain{number % domains}.campaign_product_{number:04}"


def _column(number: int, c: int) -> str:
    return f"{_STEMS[c % len(_STEMS)]}_{_ENDS[(c + number) % len(_ENDS)]}_{c}"
