"""A contract's docstring taken apart: purpose, grain, source, usage, limitations."""

import inspect
import re
from dataclasses import dataclass

_PART = re.compile(r"(?:(?<=\s)|^)(Grain|Source|Sources|Usage|Limitations):\s+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a product says of itself; an empty text where the docstring says nothing.

    Args:
        purpose: What the rows are, paragraph by paragraph.
        grain: What one row is.
        source: Where the rows come from.
        usage: How they are meant to be used.
        limitations: What they can't tell.
    """

    purpose: str
    grain: str
    source: str
    usage: str
    limitations: str

    @property
    def summary(self) -> str:
        """The first paragraph."""
        return self.purpose.split("\n\n", 1)[0]


def meaning_of(docstring: str) -> Meaning:
    """Take a docstring apart at "Grain:", "Source:", "Usage:" and "Limitations:"."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    purpose, *rest = _PART.split(text)
    parts = {label.removesuffix("s") if label == "Sources" else label: part.strip() for label, part in _pairs(rest)}
    return Meaning(
        purpose=purpose.strip(),
        grain=_sentence(parts.get("Grain", "")),
        source=_sentence(parts.get("Source", "")),
        usage=_sentence(parts.get("Usage", "")),
        limitations=_sentence(parts.get("Limitations", "")),
    )


def _pairs(parts: list[str]) -> list[tuple[str, str]]:
    return list(zip(parts[::2], parts[1::2], strict=True))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
