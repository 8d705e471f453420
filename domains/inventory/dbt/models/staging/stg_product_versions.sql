with

product_master as (
    select * from {{ source('raw', 'product_master') }}
),

final as (
    select
        -- ids
        sku,
        supplier_id,

        -- what
        name,
        category,
        brand,

        -- numbers
        cost,
        list_price,
        pack_size,
        lead_time_days,
        shelf_life_days,

        -- times
        changed_at as valid_from
    from product_master
)

select * from final
