import pytest

from mesh_platform.discover import installed_domain
from mesh_platform.transform.__main__ import empty_inputs, main


def test_a_neighbours_product_is_empty_with_the_columns_of_its_contract() -> None:
    given = empty_inputs(installed_domain("inventory"))["sales.daily_sales"]
    assert given.files == ()
    assert given.schema is not None
    assert {"sku", "location_id", "sold_on", "units_sold"} <= set(given.schema)


def test_a_check_that_fails_says_why_and_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale"]) == 2
    assert capsys.readouterr().err == "no domain 'sale'; did you mean 'sales'?\n"


def test_a_check_that_passes_says_what_it_covered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sales"]) == 0
    assert capsys.readouterr().out.startswith("sales: 16 models, ")
