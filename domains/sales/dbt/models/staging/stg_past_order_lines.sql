with

order_lines as (
    select * from {{ source('raw', 'order_lines') }}
),

final as (
    select
        -- ids
        order_id,
        line_no,
        sku,
        customer_id,
        store_id,
        card_id,
        device_id,

        -- what
        channel,
        payment_method,
        ip_country,

        -- numbers: whole ten-thousandths of the currency, exact and quick to add up
        quantity,
        cast(quantity * unit_price * 10000 as bigint) as gross,
        cast(discount * 10000 as bigint) as discount,

        -- times
        _day as ordered_on,
        ordered_at,
        {{ moment_of('ordered_at') }} as moment,
        ingested_at
    from order_lines
    where {{ dbt_mesh.in_days('_day', before=days_read()) }}
)

select * from final
