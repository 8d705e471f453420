with

order_lines as (
    select * from {{ source('raw', 'order_lines') }}
),

lines_of_the_run as (
    select
        -- ids
        order_id,
        line_no,
        sku,
        customer_id,
        store_id,
        promotion_id,
        card_id,
        device_id,

        -- what
        channel,
        payment_method,
        ip_country,
        currency,

        -- numbers
        quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(quantity * unit_price as decimal(18, 4)) as gross_amount,
        cast(discount as decimal(18, 4)) as discount_amount,

        -- times
        _day as ordered_on,
        ordered_at,
        ingested_at
    from order_lines
    where {{ dbt_mesh.in_days('_day') }}
),

final as (
    select
        *,
        case when channel = 'web' then 'web' else coalesce(store_id, 'unknown') end as location_id,
        cast(gross_amount - discount_amount as decimal(18, 4)) as net_amount
    from lines_of_the_run
)

select * from final
