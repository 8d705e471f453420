"""SQL and the columns that each column of its result is computed from."""

import pytest

from mesh_platform.errors import UserError
from mesh_platform.transform.lineage import columns_of

from .sql_cases import SCHEMA, SHORT, SIMPLE, Case
from .sql_cases_of_tables import CASES


@pytest.mark.parametrize("case", [*SIMPLE, *CASES], ids=lambda case: case.what)
def test_every_column_comes_from_what_a_person_would_say(case: Case) -> None:
    _, found = columns_of(case.sql, SCHEMA)
    assert found == {column: _written_out(origins) for column, origins in case.origins.items()}


@pytest.mark.parametrize(
    "sql", ["unpivot raw.lines on price, discount into name kind value amount", "select from from"]
)
def test_sql_that_cannot_be_followed_is_named(sql: str) -> None:
    with pytest.raises(UserError, match=f"^{sql[:20]}.*; write it"):
        columns_of(sql, SCHEMA)


def _written_out(origins: str) -> tuple[str, ...]:
    return tuple(sorted(f"{SHORT[table]}.{column}" for table, column in (o.split(".") for o in origins.split())))
