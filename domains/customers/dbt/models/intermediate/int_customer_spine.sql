with

profile_days as (
    select * from {{ ref('int_profile_days') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

within_the_calendar as (
    select
        profile_days.customer_id,
        greatest(profile_days.from_day, calendar.first_day) as from_day,
        least(coalesce(profile_days.until_day, calendar.last_day), calendar.last_day) as until_day
    from profile_days
    cross join calendar
),

final as (
    select
        customer_id,
        {{ dbt_mesh.each_day('from_day', 'until_day') }} as day
    from within_the_calendar
    where from_day <= until_day
)

select * from final
