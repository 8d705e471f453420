with

order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

totals as (
    select
        sku,
        location_id,
        ordered_on as sold_on,
        sum(case when quantity > 0 then quantity else 0 end) as units_sold,
        sum(case when quantity < 0 then -quantity else 0 end) as units_returned,
        sum(quantity) as net_units,
        count(distinct case when quantity > 0 then order_id end) as orders,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount
    from order_lines
    group by sku, location_id, ordered_on
),

final as (
    select
        -- ids
        sku,
        location_id,
        sold_on,

        -- numbers
        cast(units_sold as bigint) as units_sold,
        cast(units_returned as bigint) as units_returned,
        cast(net_units as bigint) as net_units,
        cast(orders as bigint) as orders,
        cast(gross_amount as decimal(18, 4)) as gross_amount,
        cast(discount_amount as decimal(18, 4)) as discount_amount,
        cast(net_amount as decimal(18, 4)) as net_amount
    from totals
)

select * from final
