with

session_parts as (
    select * from {{ ref('int_session_parts') }}
),

-- a session has one part, or two where it crosses midnight
sessions as (
    select
        session_id,
        started_on,
        {{ first_part_first('visitor_id') }} as visitor_id,
        {{ first_part_first('customer_id') }} as customer_id,
        {{ first_part_first('order_id') }} as order_id,
        {{ first_part_first('referrer') }} as referrer,
        {{ first_part_first('campaign_id') }} as campaign_id,
        {{ first_part_first('experiment_id') }} as experiment_id,
        {{ first_part_first('variant') }} as variant,
        cast(sum(page_views) as bigint) as page_views,
        cast(sum(searches) as bigint) as searches,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(product_views) as bigint) as product_views,
        cast(sum(add_to_carts) as bigint) as add_to_carts,
        cast(sum(remove_from_carts) as bigint) as remove_from_carts,
        cast(sum(checkouts) as bigint) as checkouts,
        cast(sum(purchases) as bigint) as purchases,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        max(ingested_at) as ingested_at
    from session_parts
    group by session_id, started_on
),

final as (
    select
        -- ids
        session_id,
        started_on,
        started_at,
        ended_at,
        visitor_id,
        customer_id,

        -- numbers
        page_views,
        searches,
        impressions,
        product_views,
        add_to_carts,
        remove_from_carts,
        checkouts,
        purchases,

        -- where from, what for
        order_id,
        referrer,
        campaign_id,
        experiment_id,
        variant,

        -- outcome
        purchases > 0 as converted,
        page_views + searches + product_views + add_to_carts + remove_from_carts + checkouts <= 1
        and purchases = 0 as bounced,
        cast(
            floor({{ dbt_mesh.microseconds_between('started_at', 'ended_at') }} / 1000000) as bigint
        ) as duration_seconds,

        -- times
        ingested_at
    from sessions
)

select * from final
