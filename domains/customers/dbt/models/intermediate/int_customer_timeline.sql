with

turns as (
    select * from {{ ref('int_customer_turns') }}
),

order_days as (
    select * from {{ ref('int_order_days') }}
),

session_days as (
    select * from {{ ref('int_session_days') }}
),

post_days as (
    select * from {{ ref('int_post_days') }}
),

final as (
    select
        customer_id,
        day,
        {{ dbt_mesh.day_number('day') }} as day_no,

        -- orders
        order_days.orders,
        order_days.store_orders,
        order_days.units,
        order_days.returned_units,
        order_days.net_amount,
        order_days.purchase_amount,
        order_days.first_ordered_at,
        order_days.last_ordered_at,

        -- sessions
        session_days.sessions,
        session_days.purchase_sessions,
        session_days.product_views,
        session_days.add_to_carts,
        session_days.last_session_at,

        -- posts
        post_days.posts,
        post_days.ratings,
        post_days.stars,

        -- times
        greatest(order_days.ingested_at, session_days.ingested_at, post_days.ingested_at) as ingested_at
    from turns
    -- any side may lack a day: `using` takes the key of the side that has it, `on` would keep four halves of a key
    full outer join order_days using (customer_id, day) -- noqa: ST07
    full outer join session_days using (customer_id, day) -- noqa: ST07
    full outer join post_days using (customer_id, day) -- noqa: ST07
)

select * from final
