with

profile_days as (
    select * from {{ ref('int_profile_days') }}
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

calendar as (
    select * from {{ ref('int_calendar') }}
),

turns as (
    select
        customer_id,
        from_day as day
    from profile_days
    union all
    select
        customer_id,
        {{ dbt_mesh.add_days('day', 28) }} as day
    from order_days
    union all
    select
        customer_id,
        {{ dbt_mesh.add_days('day', 365) }} as day
    from order_days
    union all
    select
        customer_id,
        {{ dbt_mesh.add_days('day', 28) }} as day
    from session_days
    union all
    select
        customer_id,
        {{ dbt_mesh.add_days('day', 90) }} as day
    from post_days
),

-- what turned before the run has turned when it begins
final as (
    select distinct
        turns.customer_id,
        greatest(turns.day, calendar.first_day) as day
    from turns
    cross join calendar
    where turns.day <= calendar.last_day
)

select * from final
