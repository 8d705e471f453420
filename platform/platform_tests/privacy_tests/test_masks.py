"""The contract's classification is the one switch of the masks."""

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.privacy.masks import MASK, masked


def column(name: str, personal: str | None, classification: str) -> PublishedColumn:
    return PublishedColumn(
        name=name,
        type="string",
        logical_type="string",
        description=name,
        classification=classification,
        required=False,
        personal=personal,
        unit=None,
        term=None,
        references=None,
        values=(),
    )


COLUMNS = [
    column("email", "email", "restricted"),
    column("customer_id", "customer id", "confidential"),
    column("team", "name", "internal"),
    column("margin", None, "confidential"),
]


def test_personal_data_is_hidden_unless_it_is_internal() -> None:
    row = {"email": "a@b.example", "customer_id": "C1", "team": "Sales", "margin": 3}
    assert masked([row], COLUMNS) == [{"email": MASK, "customer_id": MASK, "team": "Sales", "margin": 3}]


def test_what_is_missing_stays_missing() -> None:
    assert masked([{"email": None, "customer_id": "C1"}], COLUMNS) == [{"email": None, "customer_id": MASK}]
