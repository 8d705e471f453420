with

order_lines as (
    select * from {{ ref('stg_past_order_lines') }}
),

held_lines as (
    select
        *,
        coalesce(customer_id, card_id) as holder
    from order_lines
),

lines_with_past as (
    select
        order_id,
        holder,
        quantity,
        coalesce(sum(quantity) {{ earlier('holder, sku', 60 * 24) }}, 0) as held
    from held_lines
),

final as (
    select
        order_id,
        cast(sum(-quantity) as bigint) as returned_units,
        cast(
            sum(case when holder is not null then greatest(-quantity - greatest(held, 0), 0) end) as bigint
        ) as unmatched_returned_units
    from lines_with_past
    where quantity < 0
    group by order_id
)

select * from final
