"""The operational feed of governance: the log of accesses that the data product APIs write."""

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.product import Source

ID = r"^\S+$"
"""An identifier: something, without white space."""
HASH = r"^[0-9a-f]{64}$"
"""A SHA-256 in hexadecimal digits."""
LOWEST_STATUS, HIGHEST_STATUS = 100, 599
"""What HTTP has for a status."""


class AccessLine(Contract):
    """A use of the data product APIs, admitted or refused, as the API's worker wrote it down.

    Each line carries the hash of the line before, so that one that is changed or taken out is found.
    Grain: one row per access. Source: data product APIs.
    """

    access_id: str = column("The access: its chain and its number in it.", key=True, str_matches=ID)
    accessed_at: Timestamp = column("When it was over: the last row had left, or it was refused.")
    request_id: str = column("The request; several accesses may belong to one.", nullable=True)
    consumer: str = column("The registered consumer that asked, where one was proven.", nullable=True)
    proof: str = column(
        "What proved it: the public id of a key, or subject and id of a token, which may stand for a person.",
        classification="confidential",
        personal="account",
        nullable=True,
    )
    action: str = column("What was asked for, such as rows, aggregate or predict.", str_matches=ID)
    product: str = column("The product or the model's product, where there is one.", nullable=True)
    major_version: int = column("Its major version.", ge=1, nullable=True)
    purpose: str = column("What the consumer registered the use for.", nullable=True)
    columns_read: str = column("The columns that were read, by comma.", nullable=True)
    columns_in_clear: str = column("Those with personal data that were given unmasked, by comma.", nullable=True)
    snapshot_id: int = column("The snapshot that was read.", term="Snapshot", nullable=True)
    row_count: int = column("Rows that left the mesh.", unit="rows", ge=0)
    status: int = column("The HTTP status of the answer.", ge=LOWEST_STATUS, le=HIGHEST_STATUS)
    reason: str = column("Why it was refused.", nullable=True)
    chain: str = column("The chain of lines of one worker.", str_matches=ID)
    sequence: int = column("The line's number in its chain, from 1.", ge=1)
    previous_hash: str = column("The hash of the line before it.", str_matches=HASH)
    line_hash: str = column("The hash of the line, the previous hash included.", str_matches=HASH)


SOURCES = (Source("accesses", AccessLine, "jsonl", "data product APIs", event_time="accessed_at", may_be_empty=True),)
