"""Who answers for what: teams and what they own."""

from collections.abc import Iterator

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Document
from mesh_platform.catalog.proposals import NOBODY, Aspect, Proposal, about


def owned_by(email: str) -> Aspect:
    """Name the team that answers for something."""
    return {
        "lastModified": NOBODY,
        "ownerTypes": {},
        "owners": [{"owner": urns.team(email), "type": "TECHNICAL_OWNER"}],
    }


def team(document: Document) -> Iterator[Proposal]:
    """Describe the team of a contract."""
    info = {
        "admins": [],
        "displayName": document.owner["name"],
        "email": document.email,
        "groups": [],
        "members": [],
        **({"slack": document.channel} if document.channel else {}),
    }
    yield from about(urns.team(document.email), corpGroupInfo=info, status={"removed": False})
