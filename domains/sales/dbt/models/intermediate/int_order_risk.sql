with

orders as (
    select * from {{ ref('int_order_history') }}
),

fraud_reports as (
    select * from {{ ref('stg_fraud_reports') }}
),

-- a reported order counts from the moment when the report was known until the order is 60 days old
reported as (
    select
        orders.card_id,
        orders.device_id,
        orders.customer_id,
        orders.store_id,
        fraud_reports.known_moment,
        orders.moment + {{ microseconds(60) }} as forgotten_moment
    from orders
    inner join fraud_reports on orders.order_id = fraud_reports.order_id
    where fraud_reports.known_moment < orders.moment + {{ microseconds(60) }}
),

steps as (
    select
        card_id,
        device_id,
        customer_id,
        store_id,
        known_moment as moment,
        1 as frauds
    from reported
    union all
    select
        card_id,
        device_id,
        customer_id,
        store_id,
        forgotten_moment as moment,
        -1 as frauds
    from reported
),

events as (
    select
        order_id,
        card_id,
        device_id,
        customer_id,
        store_id,
        moment,
        1 as orders,
        0 as frauds
    from orders
    union all
    select
        null as order_id,
        card_id,
        device_id,
        customer_id,
        store_id,
        moment,
        0 as orders,
        frauds
    from steps
),

risks as (
    select
        order_id,
        {% for who in ['card', 'device', 'customer', 'store'] %}
            {{ who }}_id,
            coalesce(sum(frauds) {{ ever_earlier(who ~ '_id') }}, 0) as {{ who }}_frauds,
            coalesce(sum(orders) {{ earlier(who ~ '_id', 24 * 60) }}, 0) as {{ who }}_orders,
        {% endfor %}
        moment
    from events
),

final as (
    select
        {% for who in ['card', 'device', 'customer', 'store'] %}
            cast(case when {{ who }}_id is not null then {{ who }}_frauds end as bigint) as {{ who }}_known_frauds,
            case when {{ who }}_id is not null then cast({{ who }}_frauds as double) / nullif({{ who }}_orders, 0) end
                as {{ who }}_fraud_share,
        {% endfor %}
        order_id
    from risks
    where order_id is not null
)

select * from final
