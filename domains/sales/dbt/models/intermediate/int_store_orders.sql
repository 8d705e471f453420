with

order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

bought as (
    select
        store_id,
        order_id,
        {{ dbt_mesh.floor_minutes('ordered_at', 15) }} as interval_start
    from order_lines
    where
        channel = 'store'
        and quantity > 0
        and store_id is not null
),

final as (
    select
        store_id,
        interval_start,
        cast(count(distinct order_id) as bigint) as orders
    from bought
    group by store_id, interval_start
)

select * from final
