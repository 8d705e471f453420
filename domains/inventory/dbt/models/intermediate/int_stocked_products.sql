with

movements as (
    select * from {{ ref('stg_stock_movements') }}
),

locations as (
    select * from {{ ref('stg_locations') }}
),

first_days as (
    select
        sku,
        location_id,
        min(day) as first_day
    from movements
    group by sku, location_id
),

final as (
    select
        first_days.sku,
        first_days.location_id,
        coalesce(locations.kind, 'store') as kind,
        first_days.first_day
    from first_days
    left join locations on first_days.location_id = locations.location_id
)

select * from final
