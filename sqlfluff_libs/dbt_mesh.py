"""What sqlfluff sees in place of the shared dbt package: each macro becomes a function call of its name.

The linter then parses a model without dbt; that the macros render to good SQL is tested by running them.
"""

from collections.abc import Callable


def __getattr__(macro: str) -> Callable[..., str]:
    """Stand in for any macro."""
    if macro.startswith("__"):
        raise AttributeError(macro)

    def call(*arguments: object, **options: object) -> str:
        return f"{macro}({', '.join(map(str, (*arguments, *options.values())))})"

    return call
