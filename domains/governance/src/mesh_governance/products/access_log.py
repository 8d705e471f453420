"""The product governance.access_log."""

from datetime import date, timedelta

from mesh_governance.sources import HASH, HIGHEST_STATUS, LOWEST_STATUS
from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, ServiceLevel


class AccessLog(Contract):
    """Who used which data product through the APIs, what for, how much of it, and what was refused.

    An access tells the consumer, its purpose, the columns, those of them with personal data in clear, the snapshot and
    the number of rows; never a value of a row. An aggregate or a prediction counts the rows of its answer. Reads of the
    lake by the mesh's own runs are in the lineage, not here. Grain: one row per access. Source: data product APIs.
    """

    access_id: str = column("The access: its chain and its number in it.", key=True)
    accessed_on: date = column("The UTC day of the access.", partition=True)
    accessed_at: Timestamp = column("When it was over: the last row had left, or it was refused.", sort=True)
    request_id: str = column("The request; several accesses may belong to one.", nullable=True)
    consumer: str = column("The registered consumer that asked, where one was proven.", nullable=True)
    proof: str = column(
        "What proved it: the public id of a key, or subject and id of a token, which may stand for a person.",
        classification="confidential",
        personal="account",
        nullable=True,
    )
    action: str = column("What was asked for, such as rows, aggregate or predict.")
    product: str = column("The product or the model's product, where there is one.", nullable=True)
    major_version: int = column("Its major version.", ge=1, nullable=True)
    purpose: str = column("What the consumer registered the use for.", nullable=True)
    columns_read: str = column("The columns that were read, by comma.", nullable=True)
    columns_in_clear: str = column("Those with personal data that were given unmasked, by comma.", nullable=True)
    snapshot_id: int = column("The snapshot that was read.", term="Snapshot", nullable=True)
    row_count: int = column("Rows that left the mesh.", unit="rows", ge=0)
    status: int = column("The HTTP status of the answer.", ge=LOWEST_STATUS, le=HIGHEST_STATUS)
    refused: bool = column("Whether it was refused or failed: a status from 400.")
    reason: str = column("Why it was refused.", nullable=True)
    chain: str = column("The chain of lines of one worker.")
    sequence: int = column("The line's number in its chain, from 1.", ge=1)
    previous_hash: str = column("The hash of the line before it.", str_matches=HASH)
    line_hash: str = column("The hash of the line, the previous hash included.", str_matches=HASH)
    ingested_at: Timestamp = column("When the mesh knew of it.")

    a_refusal_is_an_error = row_rule("refused = (status >= 400)")
    only_the_proven_see_in_clear = row_rule("columns_in_clear is null or consumer is not null")


PRODUCT = DataProduct(
    name="access_log",
    contract=AccessLog,
    version="1.0.0",
    mart="fct_access_log",
    sources=("accesses",),
    service_level=ServiceLevel(
        freshness=timedelta(days=30),  # what a worker that died had written comes when the next one starts
        retention_days=365,
        min_rows=0,
        max_shrink=0.0,
    ),
)
