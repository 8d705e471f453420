with

carried_stock as (
    select * from {{ ref('int_carried_stock') }}
),

stock_days as (
    select * from {{ ref('int_stock_days') }}
),

trailing_demand as (
    select * from {{ ref('int_trailing_demand') }}
),

stocked_products as (
    select * from {{ ref('int_stocked_products') }}
),

joined as (
    select
        carried_stock.sku,
        carried_stock.location_id,
        carried_stock.day,
        carried_stock.on_hand,
        stock_days.received,
        stock_days.sold,
        stock_days.returned,
        stock_days.transferred,
        stock_days.adjusted,
        trailing_demand.demand_28d,
        case
            when stock_days.day is not null
                then
                    stock_days.empty_after_first
                    + case when carried_stock.opening_on_hand = 0 then stock_days.before_first else 0 end
            when carried_stock.on_hand = 0 then cast(86400000000 as bigint)
            else 0
        end as empty_microseconds,
        least(
            28,
            {{ dbt_mesh.day_number('carried_stock.day') }} - {{ dbt_mesh.day_number('stocked_products.first_day') }} + 1
        ) as observed_days
    from carried_stock
    inner join stocked_products
        on
            carried_stock.sku = stocked_products.sku
            and carried_stock.location_id = stocked_products.location_id
    inner join trailing_demand
        on
            carried_stock.sku = trailing_demand.sku
            and carried_stock.location_id = trailing_demand.location_id
            and carried_stock.day = trailing_demand.day
    left join stock_days
        on
            carried_stock.sku = stock_days.sku
            and carried_stock.location_id = stock_days.location_id
            and carried_stock.day = stock_days.day
),

final as (
    select
        -- ids
        sku,
        location_id,
        day,

        -- numbers
        on_hand,
        cast(coalesce(received, 0) as bigint) as received,
        cast(coalesce(sold, 0) as bigint) as sold,
        cast(coalesce(returned, 0) as bigint) as returned,
        cast(coalesce(transferred, 0) as bigint) as transferred,
        cast(coalesce(adjusted, 0) as bigint) as adjusted,
        cast(empty_microseconds as double) / 60000000 as stock_out_minutes,
        demand_28d,
        on_hand * observed_days / nullif(cast(demand_28d as double), 0) as days_of_cover
    from joined
)

select * from final
