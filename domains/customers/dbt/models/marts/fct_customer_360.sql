with

customer_running as (
    select * from {{ ref('int_customer_running') }}
),

profile_days as (
    select * from {{ ref('int_profile_days') }}
),

customer_currencies as (
    select * from {{ ref('int_customer_currencies') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

-- between two changes every sum stands still, so that sums are made once for many days;
-- a change before the run or before the sign-up only feeds the sums
stretches as (
    select
        customer_running.*,
        profile_days.loyalty_tier,
        profile_days.consent_marketing,
        profile_days.consent_profiling,
        profile_days.signed_up_on,
        profile_days.ingested_at as profile_ingested_at,
        case
            when customer_running.from_day >= customer_currencies.mixed_since then null
            when customer_running.from_day >= customer_currencies.since then customer_currencies.currency
        end as currency,
        least(coalesce(customer_running.until_day, calendar.last_day), calendar.last_day) as last_day
    from customer_running
    inner join profile_days
        on
            customer_running.customer_id = profile_days.customer_id
            and customer_running.from_day >= profile_days.from_day
            and (profile_days.until_day is null or customer_running.from_day <= profile_days.until_day)
    inner join calendar
        on customer_running.from_day between calendar.first_day and calendar.last_day
    left join customer_currencies
        on customer_running.customer_id = customer_currencies.customer_id
),

days_of_the_run as (
    select
        *,
        {{ dbt_mesh.each_day('from_day', 'last_day') }} as as_of
    from stretches
),

final as (
    select
        -- customer
        customer_id,
        as_of,
        {{ days_from('signed_up_on', 'as_of') }} as tenure_days,
        loyalty_tier,
        consent_marketing,
        consent_profiling,

        -- orders
        first_ordered_at,
        last_ordered_at,
        {{ days_from('cast(last_ordered_at as date)', 'as_of') }} as recency_days,
        cast(coalesce(orders_to_date, 0) as bigint) as orders_to_date,
        cast(coalesce(orders_28d, 0) as bigint) as orders_28d,
        cast(coalesce(units_to_date, 0) as bigint) as units_to_date,
        cast(coalesce(returned_units_to_date, 0) as bigint) as returned_units_to_date,
        cast(coalesce(returned_units_28d, 0) as bigint) as returned_units_28d,
        cast(coalesce(net_amount_to_date, 0) as decimal(18, 4)) as net_amount_to_date,
        cast(coalesce(net_amount_28d, 0) as decimal(18, 4)) as net_amount_28d,
        cast(coalesce(net_amount_365d, 0) as decimal(18, 4)) as net_amount_365d,
        cast(
            cast(purchase_amount_to_date as double) / nullif(orders_to_date, 0) as decimal(18, 4)
        ) as mean_basket,
        currency,
        cast(
            case when store_orders_to_date > 0 then 1 else 0 end
            + case when orders_to_date > store_orders_to_date then 1 else 0 end as bigint
        ) as channels_used,
        cast(store_orders_to_date as double) / nullif(orders_to_date, 0) as share_store_orders,

        -- sessions
        cast(coalesce(sessions_28d, 0) as bigint) as sessions_28d,
        cast(coalesce(purchase_sessions_28d, 0) as bigint) as purchase_sessions_28d,
        last_session_at,
        {{ days_from('cast(last_session_at as date)', 'as_of') }} as days_since_session,
        cast(coalesce(product_views_28d, 0) as bigint) as product_views_28d,
        cast(coalesce(add_to_carts_28d, 0) as bigint) as add_to_carts_28d,

        -- posts
        cast(coalesce(posts_90d, 0) as bigint) as posts_90d,
        cast(coalesce(ratings_90d, 0) as bigint) as ratings_90d,
        cast(stars_90d as double) / nullif(ratings_90d, 0) as mean_rating_90d,

        -- times
        greatest(
            {{ dbt_mesh.start_of_day(dbt_mesh.add_days('as_of', 1)) }},
            ingested_at,
            profile_ingested_at
        ) as ingested_at
    from days_of_the_run
)

select * from final
