with

session_days as (
    select * from {{ ref('int_session_days') }}
),

with_earlier_days as (
    select
        *,
        lag(day, 1) over (partition by session_id order by day) as day_before,
        lag(day, 2) over (partition by session_id order by day) as day_before_that
    from session_days
),

-- a session begins on a day with events after one without, and ends on the next day at the latest
assigned as (
    select
        *,
        case
            when
                day_before = {{ dbt_mesh.add_days('day', -1) }}
                and day_before_that = {{ dbt_mesh.add_days('day', -2) }}
                then null
            when day_before = {{ dbt_mesh.add_days('day', -1) }} then day_before
            else day
        end as started_on
    from with_earlier_days
),

final as (
    select
        -- ids
        session_id,
        started_on,
        day = started_on as is_first_day,
        visitor_id,
        customer_id,
        order_id,
        referrer,
        campaign_id,
        experiment_id,
        variant,

        -- numbers
        page_views,
        searches,
        impressions,
        product_views,
        add_to_carts,
        remove_from_carts,
        checkouts,
        purchases,

        -- times
        started_at,
        ended_at,
        ingested_at
    from assigned
    where
        started_on is not null
        and {{ dbt_mesh.in_days('started_on') }}
)

select * from final
