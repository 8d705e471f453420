"""What the steps of a run do, without any orchestrator: ingest a source, refresh a product."""
