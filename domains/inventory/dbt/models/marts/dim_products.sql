with

product_versions as (
    select * from {{ ref('stg_product_versions') }}
),

newest as (
    select
        sku,
        max(valid_from) as valid_from
    from product_versions
    group by sku
),

final as (
    select
        product_versions.sku,
        product_versions.name,
        product_versions.category,
        product_versions.brand,
        product_versions.cost,
        product_versions.list_price,
        product_versions.pack_size,
        product_versions.supplier_id,
        product_versions.lead_time_days,
        product_versions.shelf_life_days,
        product_versions.valid_from
    from product_versions
    inner join newest
        on
            product_versions.sku = newest.sku
            and product_versions.valid_from = newest.valid_from
)

select * from final
