with

promotions as (
    select * from {{ source('raw', 'promotions') }}
),

final as (
    select
        promotion_id,
        campaign_id,
        sku,
        discount_pct,
        starts_on,
        ends_on,
        ingested_at
    from promotions
)

select * from final
