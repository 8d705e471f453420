{{ config(materialized='table') }}

with

order_lines as (
    select * from {{ ref('stg_past_order_lines') }}
),

returned_lines as (
    select * from {{ ref('int_returned_lines') }}
),

totals as (
    select
        order_id,
        min(line_no) as first_line_no,
        count(*) as lines,
        sum(case when quantity > 0 then quantity else 0 end) as units,
        sum(gross) as gross,
        sum(discount) as discount,
        max(ingested_at) as ingested_at
    from order_lines
    group by order_id
),

final as (
    select
        -- ids
        order_lines.order_id,
        order_lines.customer_id,
        order_lines.card_id,
        order_lines.device_id,
        order_lines.store_id,

        -- windows go by these: an order that names no card is alone, not in one huge group of all such
        coalesce(order_lines.card_id, order_lines.order_id) as card_key,
        coalesce(order_lines.device_id, order_lines.order_id) as device_key,
        coalesce(order_lines.customer_id, order_lines.order_id) as customer_key,
        coalesce(order_lines.store_id, order_lines.order_id) as store_key,

        -- what
        order_lines.channel,
        order_lines.payment_method,
        order_lines.ip_country,

        -- numbers
        cast(totals.lines as bigint) as lines,
        cast(totals.units as bigint) as units,
        cast(totals.gross as bigint) as gross,
        cast(totals.discount as bigint) as discount,
        cast(totals.gross - totals.discount as bigint) as net,
        cast(greatest(totals.gross - totals.discount, 0) as bigint) as spent,
        cast(greatest(totals.discount - totals.gross, 0) as bigint) as refunded,
        case when totals.gross - totals.discount > 0 then 1 else 0 end as is_purchase,
        case when returned_lines.returned_units > 0 then 1 else 0 end as is_return,
        coalesce(returned_lines.returned_units, 0) as returned_units,
        returned_lines.unmatched_returned_units,

        -- times
        order_lines.ordered_on,
        order_lines.ordered_at,
        order_lines.moment,
        totals.ingested_at
    from order_lines
    inner join totals
        on
            order_lines.order_id = totals.order_id
            and order_lines.line_no = totals.first_line_no
    left join returned_lines on order_lines.order_id = returned_lines.order_id
)

select * from final
