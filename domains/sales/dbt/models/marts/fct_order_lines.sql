with

order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

final as (
    select
        order_id,
        line_no,
        ordered_on,
        ordered_at,
        customer_id,
        channel,
        store_id,
        sku,
        quantity,
        unit_price,
        discount_amount,
        net_amount,
        promotion_id,
        currency,
        ingested_at
    from order_lines
)

select * from final
