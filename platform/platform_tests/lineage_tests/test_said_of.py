"""The message of a failure goes to other systems: it may name rules, counts and tables, and quotes no row."""

import pytest

from mesh_platform.errors import (
    BadContract,
    BadFile,
    ContractBroken,
    MissingSource,
    NoChampion,
    TooManyBadRows,
    UserError,
)
from mesh_platform.lineage.recording import said_of

PERSON = "anna@example.com"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            MissingSource("sales.orders lacks source sales/orders"),
            "MissingSource: sales.orders lacks source sales/orders",
        ),
        (NoChampion("fraud has no champion"), "NoChampion: fraud has no champion"),
        (TooManyBadRows("9 of 10 records are bad"), "TooManyBadRows: 9 of 10 records are bad"),
        (
            BadFile("sales/orders/a.csv", "UTF-8", f"line 3 holds {PERSON}", "deliver it again"),
            "BadFile: sales/orders/a.csv (rule: UTF-8)",
        ),
        (
            ContractBroken(f"{PERSON} is no number"),
            "ContractBroken: the rows do not fit the layout; nothing was published",
        ),
        (BadContract(f"a rule says {PERSON}"), "BadContract; the run's log has the details"),
        (UserError(f"{PERSON} can't be read"), "UserError; the run's log has the details"),
        (ValueError(f"could not convert {PERSON}"), "ValueError; the run's log has the details"),
        (KeyboardInterrupt(), "KeyboardInterrupt; the run's log has the details"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_told_without_a_word_of_the_rows(error: BaseException, said: str) -> None:
    assert said_of(error) == said
    assert PERSON not in said_of(error)
