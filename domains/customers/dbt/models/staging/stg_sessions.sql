with

sessions as (
    select * from {{ source('marketing', 'sessions') }}
),

final as (
    select
        -- ids
        session_id,
        customer_id,

        -- numbers
        product_views,
        add_to_carts,
        purchases,

        -- times
        started_on,
        started_at,
        ingested_at
    from sessions
)

select * from final
