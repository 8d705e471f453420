with

stock_movements as (
    select * from {{ source('raw', 'stock_movements') }}
),

final as (
    select
        -- ids
        movement_id,
        sku,
        location_id,
        kind,

        -- numbers
        quantity,
        on_hand_after,

        -- times, and where the ledger wrote it, which orders movements of one instant
        _day as day,
        moved_at,
        _file,
        _line
    from stock_movements
    where {{ dbt_mesh.until_days('_day') }}
)

select * from final
