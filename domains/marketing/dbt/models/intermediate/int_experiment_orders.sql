with

web_events as (
    select * from {{ source('raw', 'web_events') }}
),

orders as (
    select * from {{ ref('int_campaign_orders') }}
),

purchases as (
    select
        order_id,
        visitor_id,
        max(experiment_id) as experiment_id,
        min(occurred_at) as bought_at
    from web_events
    where kind = 'purchase'
    group by order_id, visitor_id
),

final as (
    select
        purchases.order_id,
        purchases.visitor_id,
        purchases.experiment_id,
        orders.net_amount,
        purchases.bought_at
    from purchases
    inner join orders on purchases.order_id = orders.order_id
)

select * from final
