with

timeline as (
    select * from {{ ref('int_customer_timeline') }}
),

final as (
    select
        customer_id,
        day as from_day,
        {{ dbt_mesh.add_days('lead(day) over (partition by customer_id order by day_no)', -1) }} as until_day,

        -- to date
        min(first_ordered_at) over to_date as first_ordered_at,
        max(last_ordered_at) over to_date as last_ordered_at,
        max(last_session_at) over to_date as last_session_at,
        sum(orders) over to_date as orders_to_date,
        sum(store_orders) over to_date as store_orders_to_date,
        sum(units) over to_date as units_to_date,
        sum(returned_units) over to_date as returned_units_to_date,
        sum(net_amount) over to_date as net_amount_to_date,
        sum(purchase_amount) over to_date as purchase_amount_to_date,

        -- windows
        sum(orders) over days_28 as orders_28d,
        sum(returned_units) over days_28 as returned_units_28d,
        sum(net_amount) over days_28 as net_amount_28d,
        sum(net_amount) over days_365 as net_amount_365d,
        sum(sessions) over days_28 as sessions_28d,
        sum(purchase_sessions) over days_28 as purchase_sessions_28d,
        sum(product_views) over days_28 as product_views_28d,
        sum(add_to_carts) over days_28 as add_to_carts_28d,
        sum(posts) over days_90 as posts_90d,
        sum(ratings) over days_90 as ratings_90d,
        sum(stars) over days_90 as stars_90d,

        -- times
        max(ingested_at) over to_date as ingested_at
    from timeline
    window
        to_date as (
            partition by customer_id order by day_no
            range between unbounded preceding and current row
        ),
        days_28 as (
            partition by customer_id order by day_no
            range between 27 preceding and current row
        ),
        days_90 as (
            partition by customer_id order by day_no
            range between 89 preceding and current row
        ),
        days_365 as (
            partition by customer_id order by day_no
            range between 364 preceding and current row
        )
)

select * from final
