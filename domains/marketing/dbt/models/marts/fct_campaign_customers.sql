with

windows as (
    select * from {{ ref('int_campaign_windows') }}
),

campaign_audience as (
    select * from {{ ref('stg_campaign_audience') }}
),

orders as (
    select * from {{ ref('int_campaign_orders') }}
),

last_clicks as (
    select * from {{ ref('int_campaign_last_clicks') }}
),

outcomes as (
    select
        campaign_audience.campaign_id,
        campaign_audience.customer_id,
        campaign_audience.arm,
        sum(
            case when orders.ordered_on >= windows.starts_on then orders.net_amount else 0 end
        ) as revenue,
        sum(
            case when orders.ordered_on < windows.starts_on then orders.net_amount else 0 end
        ) as revenue_before,
        count(case when orders.ordered_on >= windows.starts_on then orders.order_id end) as orders,
        count(case when orders.ordered_on < windows.starts_on then orders.order_id end) as orders_before
    from campaign_audience
    inner join windows on campaign_audience.campaign_id = windows.campaign_id
    left join orders
        on
            campaign_audience.customer_id = orders.customer_id
            and orders.ordered_on between windows.compared_from and windows.measured_until
    group by campaign_audience.campaign_id, campaign_audience.customer_id, campaign_audience.arm
),

credited as (
    select
        last_clicks.campaign_id,
        orders.customer_id,
        sum(orders.net_amount) as last_click_revenue
    from last_clicks
    inner join orders on last_clicks.order_id = orders.order_id
    inner join windows on last_clicks.campaign_id = windows.campaign_id
    where orders.ordered_on between windows.starts_on and windows.measured_until
    group by last_clicks.campaign_id, orders.customer_id
),

-- clicks also come from people outside the audience, some of them unknown
customers as (
    select
        coalesce(outcomes.campaign_id, credited.campaign_id) as campaign_id,
        coalesce(outcomes.customer_id, credited.customer_id) as customer_id,
        coalesce(outcomes.arm, 'outside') as arm,
        outcomes.revenue,
        outcomes.revenue_before,
        outcomes.orders,
        outcomes.orders_before,
        credited.last_click_revenue
    from outcomes
    full outer join credited
        on
            outcomes.campaign_id = credited.campaign_id
            and outcomes.customer_id = credited.customer_id
),

-- a campaign without audience has a row, too
final as (
    select
        -- campaign
        windows.campaign_id,
        windows.name,
        windows.channel,
        windows.starts_on,
        windows.ends_on,
        windows.measured_until,
        windows.spend,

        -- customer
        customers.customer_id,
        coalesce(customers.arm, 'outside') as arm,

        -- numbers
        cast(coalesce(customers.revenue, 0) as decimal(18, 4)) as revenue,
        cast(coalesce(customers.revenue_before, 0) as decimal(18, 4)) as revenue_before,
        cast(coalesce(customers.orders, 0) as bigint) as orders,
        cast(coalesce(customers.orders_before, 0) as bigint) as orders_before,
        cast(coalesce(customers.last_click_revenue, 0) as decimal(18, 4)) as last_click_revenue
    from windows
    left join customers on windows.campaign_id = customers.campaign_id
)

select * from final
