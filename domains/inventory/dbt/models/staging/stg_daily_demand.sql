with

daily_sales as (
    select * from {{ source('sales', 'daily_sales') }}
),

final as (
    select
        sku,
        location_id,
        sold_on as day,
        units_sold
    from daily_sales
    where {{ dbt_mesh.in_days('sold_on', before=27) }}
)

select * from final
