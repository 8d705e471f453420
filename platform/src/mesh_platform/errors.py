"""Every error the platform raises.

MeshError
├── UserError                the input or the command is wrong; a retry won't help; exit code 2
│   ├── UnknownName          a product, source, domain, snapshot or adapter that does not exist
│   ├── BadFile              a landed file that can't be read as its source promises
│   ├── TooManyBadRows       more of a delivery broke its contract than its products tolerate
│   ├── ContractBroken       a candidate snapshot broke its contract and was not published
│   ├── BadContract          a contract or descriptor contradicts itself
│   ├── MissingSource        a product's source has never landed
│   ├── TooFewExamples       a training window that is empty, has one class or is too short; the champion stays
│   ├── MissingFeature       rows lack a feature that the model was fitted with; the champion stays
│   ├── NoChampion           a model without a version that may predict
│   ├── ModelRefused         a model version that may not become champion, or a stored one that can't be trusted
│   └── BadWorld             a simulated world that can't be made or continued as asked
└── MeshFailure              ours: a bug, a broken store, a crashed step; exit code 1
    ├── PublishConflict      another publisher kept winning; a retry helps
    └── WarehouseBusy        another process has a domain's warehouse open; a retry helps
"""

from difflib import get_close_matches
from typing import ClassVar, Self


class MeshError(Exception):
    """Any error that the platform raises on purpose."""

    exit_code: ClassVar[int] = 1
    retry_helps: ClassVar[bool] = False


class UserError(MeshError):
    """The user's input is wrong; the message names the thing, the value, the rule and the remedy."""

    exit_code = 2


class UnknownName(UserError):
    """A name that does not exist."""

    @classmethod
    def of(cls, kind: str, name: str, known: list[str]) -> Self:
        """Say what was missing, then what exists.

        Args:
            kind: What was looked for, such as "product".
            name: The name that was not found.
            known: The names that exist.
        """
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(sorted(known)) or 'none'}"
        return cls(f"no {kind} '{name}'; {hint}")


class BadFile(UserError):
    """A landed file that can't be read as its source promises."""

    def __init__(self, file: str, rule: str, found: str, remedy: str) -> None:
        super().__init__(f"{file}: {found} (rule: {rule}); {remedy}")
        self.file, self.rule, self.found, self.remedy = file, rule, found, remedy


class TooManyBadRows(UserError):
    """More of a delivery broke its contract than its products tolerate."""


class ContractBroken(UserError):
    """A candidate snapshot broke its contract and was not published; `breaches` counts each broken rule."""

    def __init__(self, message: str, breaches: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.breaches = breaches


class BadContract(UserError):
    """A contract or descriptor contradicts itself."""


class MissingSource(UserError):
    """A product's source has never landed."""


class TooFewExamples(UserError):
    """A training window that is empty, has one class or is too short to learn from."""


class MissingFeature(UserError):
    """Rows lack a feature that a model was fitted with, or have it in another type."""

    @classmethod
    def of(cls, model: str, missing: list[str], found: list[str]) -> Self:
        """Say which features are missing, and which are there.

        Args:
            model: The model.
            missing: The features that the rows lack.
            found: The columns that they have.
        """
        return cls(
            f"model '{model}': rows lack {', '.join(missing)} (rule: every feature that it was fitted with); "
            f"train it again on the features there are: {', '.join(found)}"
        )


class NoChampion(UserError):
    """A model without a version that may predict."""


class ModelRefused(UserError):
    """A model version that may not become champion, or a stored one that can't be trusted."""


class BadWorld(UserError):
    """A simulated world that can't be made or continued as asked."""


class MeshFailure(MeshError):
    """The platform's own fault: a bug, a broken store, a crashed step."""


class PublishConflict(MeshFailure):
    """Another publisher of the same table kept winning."""

    retry_helps = True


class WarehouseBusy(MeshFailure):
    """Another process has a domain's warehouse open."""

    retry_helps = True
