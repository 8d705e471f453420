with

web_events as (
    select * from {{ ref('stg_web_events') }}
),

final as (
    select
        session_id,
        day,

        -- the first that is known
        {{ first_known('visitor_id') }} as visitor_id,
        {{ first_known('customer_id') }} as customer_id,
        {{ first_known('order_id') }} as order_id,
        {{ first_known('referrer') }} as referrer,
        {{ first_known('campaign_id') }} as campaign_id,
        {{ first_known('experiment_id', needs='variant') }} as experiment_id,
        {{ first_known('variant', needs='experiment_id') }} as variant,

        -- numbers
        sum(case when kind = 'page_view' then 1 else 0 end) as page_views,
        sum(case when kind = 'search' then 1 else 0 end) as searches,
        sum(case when kind = 'impression' then 1 else 0 end) as impressions,
        sum(case when kind = 'product_view' then 1 else 0 end) as product_views,
        sum(case when kind = 'add_to_cart' then 1 else 0 end) as add_to_carts,
        sum(case when kind = 'remove_from_cart' then 1 else 0 end) as remove_from_carts,
        sum(case when kind = 'checkout' then 1 else 0 end) as checkouts,
        sum(case when kind = 'purchase' then 1 else 0 end) as purchases,

        -- times
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        max(ingested_at) as ingested_at
    from web_events
    group by session_id, day
)

select * from final
