with

carried_stock as (
    select * from {{ ref('int_carried_stock') }}
),

served_demand as (
    select * from {{ ref('int_served_demand') }}
),

timeline as (
    select
        sku,
        location_id,
        day,
        cast(0 as decimal(18, 4)) as units,
        true as wanted
    from carried_stock
    union all
    select
        sku,
        location_id,
        day,
        units,
        false as wanted
    from served_demand
),

running as (
    select
        sku,
        location_id,
        day,
        wanted,
        sum(units) over (
            partition by sku, location_id
            order by {{ dbt_mesh.day_number('day') }}
            range between 27 preceding and current row
        ) as demand_28d
    from timeline
),

final as (
    select
        sku,
        location_id,
        day,
        cast(demand_28d as decimal(18, 4)) as demand_28d
    from running
    where wanted
)

select * from final
