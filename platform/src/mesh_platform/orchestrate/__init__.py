"""Turn a domain into Dagster definitions: assets, checks, partitions, schedules. The only importer of dagster."""
