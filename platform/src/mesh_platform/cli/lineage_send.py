"""`mesh lineage send`: hand over the events that a receiver did not take when they happened."""

import typer

from mesh_platform.cli.output import AsJson, print_json
from mesh_platform.settings import Settings


def send(*, as_json: AsJson = False) -> None:
    """Send the lineage events that wait on disk, in order, to the receiver that MESH_LINEAGE_URL names.

    Example: mesh lineage send
    """
    from mesh_platform.lineage.sending import send_waiting

    done = send_waiting(Settings.load())
    if as_json:
        print_json({"sent": done.sent, "refused": done.refused, "waiting": done.left})
        return
    refused = f", {done.refused:,} were refused and are kept beside the outbox" if done.refused else ""
    events = "event" if done.sent == 1 else "events"
    typer.echo(f"{done.sent:,} {events} sent{refused}" if done.sent or done.refused else "no event waits")
