{{ config(materialized='table') }} -- a table, because it is read twice

with

movements as (
    select * from {{ ref('stg_stock_movements') }}
    where {{ dbt_mesh.in_days('day') }}
),

lasting as (
    select
        *,
        coalesce(
            lead(moved_at) over (partition by sku, location_id, day order by moved_at, _file, _line),
            {{ dbt_mesh.start_of_day(dbt_mesh.add_days('day', 1)) }}
        ) as until_at
    from movements
),

final as (
    select
        -- ids
        sku,
        location_id,
        day,

        -- numbers
        max_by(on_hand_after, (moved_at, _file, _line)) as on_hand,
        sum(case when kind = 'receipt' then quantity else 0 end) as received,
        sum(case when kind = 'sale' then -quantity else 0 end) as sold,
        sum(case when kind = 'return' then quantity else 0 end) as returned,
        sum(case when kind in ('transfer_in', 'transfer_out') then quantity else 0 end) as transferred,
        sum(case when kind = 'adjustment' then quantity else 0 end) as adjusted,

        -- durations in microseconds: of the day before its first movement, and without stock after it
        {{ dbt_mesh.microseconds_between(dbt_mesh.start_of_day('day'), 'min(moved_at)') }} as before_first,
        sum(
            case
                when on_hand_after = 0 then {{ dbt_mesh.microseconds_between('moved_at', 'until_at') }}
                else 0
            end
        ) as empty_after_first
    from lasting
    group by sku, location_id, day
)

select * from final
