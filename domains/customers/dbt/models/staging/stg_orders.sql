with

orders as (
    select * from {{ source('sales', 'orders') }}
),

final as (
    select
        -- ids
        order_id,
        customer_id,

        -- what
        channel,
        currency,

        -- numbers
        units,
        returned_units,
        net_amount,
        units > 0 as is_purchase,

        -- times
        ordered_on,
        ordered_at,
        ingested_at
    from orders
)

select * from final
