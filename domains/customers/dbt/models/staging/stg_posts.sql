with

posts as (
    select * from {{ source('raw', 'posts') }}
),

final as (
    select
        -- ids
        post_id,
        sku,
        customer_id,

        -- what
        network,
        language,
        rating,

        -- times
        _day as posted_on,
        posted_at,
        ingested_at
    from posts
)

select * from final
