-- What each location had to serve: a store its own customers, the warehouses the web.
with

demand as (
    select * from {{ ref('stg_daily_demand') }}
),

stocked_products as (
    select * from {{ ref('int_stocked_products') }}
),

in_stores as (
    select
        sku,
        location_id,
        day,
        cast(units_sold as decimal(18, 4)) as units
    from demand
    where location_id <> 'web'
),

web_warehouses as (
    select
        demand.sku,
        stocked_products.location_id,
        demand.day,
        demand.units_sold,
        count(*) over (partition by demand.sku, demand.day) as warehouses
    from demand
    inner join stocked_products on demand.sku = stocked_products.sku
    where
        demand.location_id = 'web'
        and stocked_products.kind = 'warehouse'
        and stocked_products.first_day <= demand.day
),

from_warehouses as (
    select
        sku,
        location_id,
        day,
        cast(units_sold / warehouses as decimal(18, 4)) as units
    from web_warehouses
),

final as (
    select * from in_stores
    union all
    select * from from_warehouses
)

select * from final
