with

orders as (
    select * from {{ ref('stg_orders') }}
),

first_days as (
    select
        customer_id,
        currency,
        min(ordered_on) as since
    from orders
    where customer_id is not null
    group by customer_id, currency
),

numbered as (
    select
        *,
        row_number() over (partition by customer_id order by since, currency) as currency_no
    from first_days
),

final as (
    select
        customer_id,
        max(case when currency_no = 1 then currency end) as currency,
        max(case when currency_no = 1 then since end) as since,
        max(case when currency_no = 2 then since end) as mixed_since
    from numbered
    group by customer_id
)

select * from final
