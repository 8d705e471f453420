with

orders as (
    select * from {{ ref('stg_orders') }}
),

settled as (
    select
        *,
        {{ settled_day('ordered_on', [28, 365]) }} as day
    from orders
    where
        customer_id is not null
        and {{ dbt_mesh.until_days('ordered_on') }}
),

final as (
    select
        customer_id,
        day,

        -- numbers
        cast(count(case when is_purchase then order_id end) as bigint) as orders,
        cast(count(case when is_purchase and channel = 'store' then order_id end) as bigint) as store_orders,
        cast(sum(units) as bigint) as units,
        cast(sum(returned_units) as bigint) as returned_units,
        cast(sum(net_amount) as decimal(18, 4)) as net_amount,
        cast(sum(case when is_purchase then net_amount end) as decimal(18, 4)) as purchase_amount,

        -- times
        min(case when is_purchase then ordered_at end) as first_ordered_at,
        max(case when is_purchase then ordered_at end) as last_ordered_at,
        max(ingested_at) as ingested_at
    from settled
    group by customer_id, day
)

select * from final
