with

orders as (
    select * from {{ ref('int_order_history') }}
),

velocity as (
    select * from {{ ref('int_order_velocity') }}
),

novelty as (
    select * from {{ ref('int_order_novelty') }}
),

risk as (
    select * from {{ ref('int_order_risk') }}
),

final as (
    select
        -- ids
        orders.order_id,
        orders.ordered_on,
        orders.ordered_at,
        orders.customer_id,
        orders.store_id,
        orders.ip_country,

        -- the order itself
        orders.channel,
        orders.payment_method,
        cast({{ euros('orders.net') }} as double) as amount,
        cast(orders.discount as double) / nullif(orders.gross, 0) as discount_share,
        orders.lines,
        orders.units,
        orders.returned_units,
        orders.unmatched_returned_units,
        cast(extract(hour from orders.ordered_at) as bigint) as hour_of_day,
        ({{ dbt_mesh.day_number('orders.ordered_on') }} + 3) % 7 >= 5 as is_weekend,

        -- what the card did before
        velocity.card_orders_1h,
        velocity.card_orders_1d,
        velocity.card_orders_7d,
        velocity.card_orders_30d,
        velocity.card_spent_1h,
        velocity.card_spent_1d,
        velocity.card_spent_7d,
        velocity.card_spent_30d,
        velocity.card_mean_amount_30d,
        velocity.card_amount_to_mean,
        velocity.card_hours_since_last,
        velocity.card_returns_1d,
        velocity.card_returns_30d,
        velocity.card_refunded_30d,
        velocity.card_unmatched_returns_30d,
        risk.card_known_frauds,
        risk.card_fraud_share,

        -- what the device did before
        velocity.device_orders_1h,
        velocity.device_orders_1d,
        velocity.device_orders_7d,
        velocity.device_orders_30d,
        velocity.device_spent_1h,
        velocity.device_spent_1d,
        velocity.device_spent_7d,
        velocity.device_spent_30d,
        velocity.device_mean_amount_30d,
        velocity.device_amount_to_mean,
        velocity.device_hours_since_last,
        risk.device_known_frauds,
        risk.device_fraud_share,

        -- what the customer did before
        velocity.customer_orders_1h,
        velocity.customer_orders_1d,
        velocity.customer_orders_7d,
        velocity.customer_orders_30d,
        velocity.customer_spent_1h,
        velocity.customer_spent_1d,
        velocity.customer_spent_7d,
        velocity.customer_spent_30d,
        velocity.customer_mean_amount_30d,
        velocity.customer_amount_to_mean,
        velocity.customer_hours_since_last,
        velocity.customer_returns_1d,
        velocity.customer_returns_30d,
        velocity.customer_refunded_30d,
        velocity.customer_unmatched_returns_30d,
        risk.customer_known_frauds,
        risk.customer_fraud_share,

        -- what the store did before
        velocity.store_orders_1h,
        velocity.store_orders_1d,
        velocity.store_orders_7d,
        velocity.store_orders_30d,
        velocity.store_spent_1h,
        velocity.store_spent_1d,
        velocity.store_spent_7d,
        velocity.store_spent_30d,
        velocity.store_mean_amount_30d,
        velocity.store_amount_to_mean,
        velocity.store_hours_since_last,
        velocity.store_returns_1d,
        velocity.store_returns_30d,
        velocity.store_refunded_30d,
        velocity.store_unmatched_returns_30d,
        risk.store_known_frauds,
        risk.store_fraud_share,

        -- what is new about it
        novelty.card_age_days,
        novelty.device_age_days,
        novelty.customer_age_days,
        novelty.card_is_new_to_customer,
        novelty.device_is_new_to_customer,
        novelty.country_is_new_to_customer,
        novelty.device_cards_1d,
        novelty.device_cards_30d,
        novelty.device_customers_30d,
        novelty.customer_cards_1d,
        novelty.customer_cards_30d,
        novelty.customer_devices_30d,
        novelty.card_customers_30d,

        -- times
        orders.ingested_at
    from orders
    inner join velocity on orders.order_id = velocity.order_id
    inner join novelty on orders.order_id = novelty.order_id
    inner join risk on orders.order_id = risk.order_id
    where {{ dbt_mesh.in_days('orders.ordered_on') }}
)

select * from final
