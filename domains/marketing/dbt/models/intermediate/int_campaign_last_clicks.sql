{# A click counts for a week, as web analytics would have it. #}
{% set longest_us = 7 * 24 * 60 * 60 * 1000000 %}

with

web_events as (
    select * from {{ ref('stg_web_events') }}
),

-- a visit that a campaign brought begins with the click on it
clicks as (
    select
        visitor_id,
        session_id,
        campaign_id,
        min(occurred_at) as clicked_at
    from web_events
    where campaign_id is not null
    group by visitor_id, session_id, campaign_id
),

purchases as (
    select
        order_id,
        visitor_id,
        min(occurred_at) as bought_at
    from web_events
    where kind = 'purchase'
    group by order_id, visitor_id
),

candidates as (
    select
        purchases.order_id,
        clicks.campaign_id,
        row_number() over (
            partition by purchases.order_id
            order by clicks.clicked_at desc, clicks.campaign_id asc
        ) as place
    from purchases
    inner join clicks
        on
            purchases.visitor_id = clicks.visitor_id
            and purchases.bought_at >= clicks.clicked_at
    where {{ dbt_mesh.microseconds_between('clicks.clicked_at', 'purchases.bought_at') }} <= {{ longest_us }}
),

final as (
    select
        order_id,
        campaign_id
    from candidates
    where place = 1
)

select * from final
