with

order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

totals as (
    select
        order_id,
        min(line_no) as first_line_no,
        count(*) as lines,
        sum(case when quantity > 0 then quantity else 0 end) as units,
        sum(case when quantity < 0 then -quantity else 0 end) as returned_units,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        count(promotion_id) as promotions,
        max(ingested_at) as ingested_at
    from order_lines
    group by order_id
),

headers as (
    select
        order_lines.order_id,
        order_lines.channel,
        order_lines.store_id,
        order_lines.customer_id,
        order_lines.payment_method,
        order_lines.card_id,
        order_lines.device_id,
        order_lines.ip_country,
        order_lines.currency,
        order_lines.ordered_on,
        order_lines.ordered_at
    from order_lines
    inner join totals
        on
            order_lines.order_id = totals.order_id
            and order_lines.line_no = totals.first_line_no
),

final as (
    select
        headers.order_id,
        headers.ordered_on,
        headers.ordered_at,
        headers.channel,
        headers.store_id,
        headers.customer_id,
        cast(totals.lines as bigint) as lines,
        cast(totals.units as bigint) as units,
        cast(totals.returned_units as bigint) as returned_units,
        cast(totals.gross_amount as decimal(18, 4)) as gross_amount,
        cast(totals.discount_amount as decimal(18, 4)) as discount_amount,
        cast(totals.net_amount as decimal(18, 4)) as net_amount,
        headers.currency,
        headers.payment_method,
        headers.card_id,
        headers.device_id,
        headers.ip_country,
        cast(totals.promotions as bigint) as promotions,
        totals.ingested_at
    from headers
    inner join totals on headers.order_id = totals.order_id
)

select * from final
