{# VALUE_DAYS of ml/experiments.py, after a visitor's first sight of the experiment and as long before it. #}
{% set value_us = 60 * 24 * 60 * 60 * 1000000 %}

with

exposures as (
    select * from {{ ref('int_experiment_exposures') }}
),

orders as (
    select * from {{ ref('int_experiment_orders') }}
),

orders_of_visitors as (
    select
        exposures.experiment_id,
        exposures.visitor_id,
        orders.order_id,
        orders.net_amount,
        orders.experiment_id = exposures.experiment_id as is_inside,
        {{ dbt_mesh.microseconds_between('exposures.first_seen_at', 'orders.bought_at') }} as waited_us
    from exposures
    inner join orders on exposures.visitor_id = orders.visitor_id
),

outcomes as (
    select
        experiment_id,
        visitor_id,
        count(case when is_inside then order_id end) as orders,
        sum(case when is_inside then net_amount else 0 end) as order_value,
        sum(
            case when waited_us >= 0 and waited_us < {{ value_us }} then net_amount else 0 end
        ) as value_60d,
        sum(
            case when waited_us < 0 and waited_us >= -{{ value_us }} then net_amount else 0 end
        ) as value_before
    from orders_of_visitors
    group by experiment_id, visitor_id
),

final as (
    select
        -- ids
        exposures.experiment_id,
        exposures.visitor_id,
        exposures.variant,

        -- numbers
        cast(exposures.impressions as bigint) as impressions,
        cast(exposures.clicks as bigint) as clicks,
        cast(coalesce(outcomes.orders, 0) as bigint) as orders,
        cast(coalesce(outcomes.order_value, 0) as decimal(18, 4)) as order_value,
        cast(coalesce(outcomes.value_60d, 0) as decimal(18, 4)) as value_60d,
        cast(coalesce(outcomes.value_before, 0) as decimal(18, 4)) as value_before,

        -- times
        exposures.first_seen_at,
        exposures.last_seen_at
    from exposures
    left join outcomes
        on
            exposures.experiment_id = outcomes.experiment_id
            and exposures.visitor_id = outcomes.visitor_id
)

select * from final
