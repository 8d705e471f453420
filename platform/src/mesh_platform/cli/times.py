"""Times as people type them."""

from datetime import UTC, datetime

from mesh_platform.errors import UserError


def utc_time(option: str, text: str, also: str = "") -> datetime:
    """Read a day or a time; without a zone it is UTC.

    Args:
        option: Where it was typed, for the error.
        text: What was typed.
        also: What else the option takes, for the error.

    Raises:
        UserError: Where it is no time.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option} '{text}' is no time (such as 2026-05-01T12:00){also}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
