"""What a DataHub server's refusal means, in one line: whose mistake it is, and what helps.

DataHub's client wraps the answer in errors of its own; the answer itself is found along their causes.
"""

from typing import Any

from mesh_platform.errors import MeshError, MeshFailure, UserError

TOKEN = frozenset({401, 403})
ABSENT = frozenset({404, 405})
CONTENT = frozenset({400, 409, 413, 415, 422})
"""Answers that are about what was sent, not about the connection."""
SHOWN = 240
"""Characters of the server's words; it likes to send a stack trace."""


def refusal_of(error: BaseException, url: str) -> str:
    """Say why the server refuses what it was sent.

    Raises:
        MeshError: Where the error is not about the content, so that the next batch would fail the same.
    """
    answer = _answer(error)
    if answer is not None and answer.status_code in CONTENT:
        return _words(answer)
    raise explained(error, url) from error


def explained(error: BaseException, url: str) -> MeshError:
    """Turn an error of the client into the mesh's."""
    answer = _answer(error)
    if answer is None:
        return MeshFailure(f"{url} does not answer ({_root(error)}); see that it runs, then run the same command again")
    code = answer.status_code
    if code in TOKEN:
        return UserError(f"{url} refused the token (HTTP {code}); set DATAHUB_GMS_TOKEN to one that may edit metadata")
    if code in ABSENT:
        return UserError(
            f"{url} has no {answer.request.method} {answer.request.path_url.partition('?')[0]} (HTTP {code}); "
            "see that it is DataHub's metadata service, or choose the other interface with --mode"
        )
    if code in CONTENT:
        return UserError(f"{url} refused what it was sent (HTTP {code}): {_words(answer)}")
    return MeshFailure(f"{url} keeps failing (HTTP {code}): {_words(answer)}; run the same command again later")


def _answer(error: BaseException | None) -> Any:
    while error is not None:
        answer = getattr(error, "response", None)
        if answer is not None:
            return answer
        error = error.__cause__
    return None


def _words(answer: Any) -> str:
    try:
        said = answer.json()
        text = str(said.get("message") or said.get("error") or said) if isinstance(said, dict) else str(said)
    except ValueError:
        text = answer.text
    line = " ".join(text.split())
    return line[:SHOWN] + "…" if len(line) > SHOWN else line or "no explanation"


def _root(error: BaseException) -> str:
    """The innermost reason that the network gave, without the wrapping of three libraries."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    words = " ".join(str(error).split())
    return words[:SHOWN] or type(error).__name__
