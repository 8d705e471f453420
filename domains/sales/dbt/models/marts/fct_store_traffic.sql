with

readings as (
    select * from {{ ref('stg_store_sensors') }}
),

store_orders as (
    select * from {{ ref('int_store_orders') }}
),

traffic as (
    select
        store_id,
        interval_start,
        measured_on,
        sum(case when kind = 'footfall_in' then value else 0 end) as footfall_in,
        sum(case when kind = 'footfall_out' then value else 0 end) as footfall_out,
        avg(case when kind = 'queue_length' then value end) as mean_queue_length,
        max(case when kind = 'queue_length' then value end) as max_queue_length,
        avg(case when kind = 'wait_seconds' then value end) as mean_wait_seconds
    from readings
    group by store_id, interval_start, measured_on
),

final as (
    select
        -- ids
        traffic.store_id,
        traffic.interval_start,
        traffic.measured_on,

        -- numbers
        cast(traffic.footfall_in as bigint) as footfall_in,
        cast(traffic.footfall_out as bigint) as footfall_out,
        cast(traffic.mean_queue_length as double) as mean_queue_length,
        cast(traffic.max_queue_length as double) as max_queue_length,
        cast(traffic.mean_wait_seconds as double) as mean_wait_seconds,
        coalesce(store_orders.orders, 0) as orders,
        coalesce(store_orders.orders, 0) / nullif(cast(traffic.footfall_in as double), 0) as conversion
    from traffic
    left join store_orders
        on
            traffic.store_id = store_orders.store_id
            and traffic.interval_start = store_orders.interval_start
)

select * from final
