{{ config(materialized='table') }} -- a table, because it is read twice

-- A row for each day: a balance holds from the day that made it to the day before the next one.
with

opening_stock as (
    select * from {{ ref('int_opening_stock') }}
),

stock_days as (
    select * from {{ ref('int_stock_days') }}
),

demand as (
    select * from {{ ref('stg_daily_demand') }}
),

newest_days as (
    select max(day) as day from stock_days
    union all
    select max(day) as day from demand
),

newest_day as (
    select max(day) as day from newest_days
),

run_end as (
    select {{ dbt_mesh.last_day('day') }} as day from newest_day
),

balances as (
    select
        sku,
        location_id,
        {{ dbt_mesh.first_day('last_moved_on') }} as day,
        on_hand,
        false as moved
    from opening_stock
    union all
    select
        sku,
        location_id,
        day,
        on_hand,
        true as moved
    from stock_days
),

neighbours as (
    select
        *,
        lag(on_hand) over (partition by sku, location_id order by day, moved) as opening_on_hand,
        lead(day) over (partition by sku, location_id order by day, moved) as next_day
    from balances
),

spans as (
    select
        neighbours.sku,
        neighbours.location_id,
        neighbours.day as since,
        coalesce({{ dbt_mesh.add_days('neighbours.next_day', -1) }}, run_end.day) as until,
        neighbours.on_hand,
        neighbours.opening_on_hand,
        neighbours.moved
    from neighbours
    cross join run_end
),

final as (
    select
        sku,
        location_id,
        {{ dbt_mesh.each_day('since', 'until') }} as day,
        since,
        on_hand,
        opening_on_hand,
        moved
    from spans
    where since <= until
)

select * from final
