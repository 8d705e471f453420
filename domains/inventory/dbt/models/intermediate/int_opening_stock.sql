with

movements as (
    select * from {{ ref('stg_stock_movements') }}
    where day < {{ dbt_mesh.first_day("date '0001-01-01'") }}
),

final as (
    select
        sku,
        location_id,
        max_by(on_hand_after, (moved_at, _file, _line)) as on_hand,
        max(day) as last_moved_on
    from movements
    group by sku, location_id
)

select * from final
