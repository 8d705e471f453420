with

orders as (
    select * from {{ ref('stg_orders') }}
),

sessions as (
    select * from {{ ref('stg_sessions') }}
),

days as (
    select ordered_on as day from orders
    union all
    select started_on as day from sessions
),

final as (
    select
        greatest(min(day), {{ dbt_mesh.first_day('min(day)') }}) as first_day,
        least(max(day), {{ dbt_mesh.last_day('max(day)') }}) as last_day
    from days
)

select * from final
