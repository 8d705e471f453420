"""One function from a domain to its Dagster definitions; policy is written here once for every domain."""

import warnings

import dagster as dg

from mesh_platform.contract import shape_of
from mesh_platform.orchestrate.assets import product_asset, source_asset
from mesh_platform.orchestrate.health import retraining
from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.orchestrate.keys import product_key
from mesh_platform.orchestrate.maintenance import maintenance_job
from mesh_platform.orchestrate.models import model_asset
from mesh_platform.orchestrate.parity import parity_job
from mesh_platform.orchestrate.partitions import daily
from mesh_platform.pipeline.online import views_of
from mesh_platform.product import Domain
from mesh_platform.settings import Settings

JOB = "publish"
"""The job of every domain: all its sources and products, for a day or a range of days."""
AFTER_MIDNIGHT = (0, 30)
"""UTC hour and minute at which a finished day is published, when its files have landed."""
BEFORE_PUBLISHING = "10 0 * * *"
"""When what a day served is held against the lake: the day's `model_health` tells it."""

ON_SUNDAYS = "0 3 * * 0"
"""When old snapshots expire and small files are merged."""


def definitions_for(domain: Domain) -> dg.Definitions:
    """Turn a domain into Dagster definitions: assets, checks, partitions, freshness, schedule, automation.

    Args:
        domain: The domain's sources and products.
    """
    warnings.filterwarnings("ignore", category=dg.BetaWarning)  # the version is pinned; a change is reviewed
    settings = Settings.load()
    prepare_home(settings)
    partitions = daily(settings)
    assets = [source_asset(domain, s, partitions) for s in domain.sources] + [
        product_asset(domain, p, partitions) for p in domain.products
    ]
    assets += [model_asset(domain, p) for p in domain.products if p.recipe]
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(*(key for asset in assets for key in asset.keys)),
        description=f"Ingest, transform, audit and publish everything of {domain.name}.",
        partitions_def=partitions,
    )
    keeping = maintenance_job(domain)
    comparing = [parity_job(domain)] if views_of(domain) else []
    watched = retraining(domain)
    hour, minute = AFTER_MIDNIGHT
    return dg.Definitions(
        assets=[*assets, *_neighbours(domain)],
        jobs=[job, keeping, *comparing, *(training for training, _ in watched)],
        schedules=[
            dg.build_schedule_from_partitioned_job(job, hour_of_day=hour, minute_of_hour=minute),
            dg.ScheduleDefinition(job=keeping, cron_schedule=ON_SUNDAYS, execution_timezone="UTC"),
            *(
                dg.ScheduleDefinition(
                    job=one,
                    cron_schedule=BEFORE_PUBLISHING,
                    execution_timezone="UTC",
                    default_status=dg.DefaultScheduleStatus.RUNNING,  # it only looks: nobody need decide to start it
                )
                for one in comparing
            ),
        ],
        sensors=[
            *(sensor for _, sensor in watched),
            dg.AutomationConditionSensorDefinition(
                "follow_neighbours",
                target=dg.AssetSelection.assets(*(product_key(domain.full_name(p)) for p in domain.products)),
                description="Publishes a product again when a product that it reads has a new snapshot.",
            ),
        ],
        executor=dg.in_process_executor,  # a process a step would pay the imports of every engine again
    )


def _neighbours(domain: Domain) -> list[dg.AssetSpec]:
    """The products of other domains that this one reads, as external assets."""
    own = f"{domain.name}."
    read = {port.product for product in domain.products for port in product.inputs}
    read |= {t.rpartition(".")[0] for p in domain.products for t in shape_of(p.contract).references.values()}
    return [
        dg.AssetSpec(product_key(name), description="A published product of another domain.", group_name="neighbours")
        for name in sorted(read)
        if not name.startswith(own)
    ]
