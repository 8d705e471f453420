"""A column that spells out the key is as secret as the key."""

import pytest

from mesh_platform.contract import Contract, column, shape_of
from mesh_platform.ml.prediction import Prediction


class OfPeople(Prediction):
    """One row per customer."""

    customer_id: str = column("The customer.", key=True, classification="confidential", personal="customer id")


class OfThings(Prediction):
    """One row per sku."""

    sku: str = column("The product.", key=True)


class Spelled(Contract):
    """One row per code."""

    code: str = column("A code.", key=True)
    label: str = column("The code in a sentence.", holds_key=True, classification="restricted", personal="email")


@pytest.mark.parametrize(
    ("contract", "name", "classification", "personal"),
    [
        (OfPeople, "prediction_id", "confidential", "customer id"),
        (OfThings, "prediction_id", "internal", None),
        (Spelled, "label", "restricted", "email"),
    ],
)
def test_a_column_that_spells_out_the_key_is_never_less_secret_than_the_key(
    contract: type[Contract], name: str, classification: str, personal: str | None
) -> None:
    meaning = next(c.meaning for c in shape_of(contract).columns if c.name == name)
    assert (meaning.classification, meaning.personal) == (classification, personal)
