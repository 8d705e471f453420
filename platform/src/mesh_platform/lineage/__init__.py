"""Where data comes from: column lineage read from the published documents, and OpenLineage events of every run."""
