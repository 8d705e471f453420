"""Values as people read them, and descriptions as safe HTML."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+|mailto:[^)\s]+)\)")


def prose(text: str) -> Markup:
    """Write a description as paragraphs; of Markdown it knows lists, `code` and links, and escapes all else."""
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text.strip()))
    return Markup("\n").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    lines = block.split("\n")
    if all(line.lstrip().startswith(("- ", "* ")) for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.lstrip()[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_inline(" ".join(block.split())))


def _inline(text: str) -> Markup:
    safe = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    return Markup(_LINK.sub(r'<a href="\2">\1</a>', safe))  # noqa: S704 - escaped before the tags are put in


def first_sentence(text: str) -> str:
    """The first paragraph's first sentence."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s", paragraph, maxsplit=1)[0]


def number(value: float) -> str:
    """A number with thousands apart, and no more digits than tell something."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")


def figure(text: Any) -> str:
    """A metric as DataHub keeps it, a text, with as many digits as tell something; other texts as they are."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return str(text)
    return f"{int(value):,}" if value.is_integer() and "e" not in str(text) else f"{value:.4g}"


def moment(value: Any) -> str:
    """A time in UTC, to the minute; milliseconds since 1970 are a time, too."""
    if isinstance(value, int | float):
        value = datetime.fromtimestamp(value / 1000, UTC)
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


def cell(value: Any) -> str:
    """A value of a row."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def is_number(value: Any) -> bool:
    """True for values that stand right in their column."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def duration(hours: float) -> str:
    """A span of time in the unit that people would use."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return (
        f"{hours:.1f} h".replace(".0 h", " h") if hours < 72 else f"{hours / 24:.1f} days".replace(".0 days", " days")
    )
