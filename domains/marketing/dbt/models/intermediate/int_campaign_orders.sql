with

orders as (
    select * from {{ source('sales', 'orders') }}
),

-- an order of returns alone is no purchase
purchases as (
    select * from orders
    where units > 0
),

-- amounts of different currencies can't be added up: the one of most purchases is the house currency
currencies as (
    select
        currency,
        row_number() over (order by count(*) desc, currency) as place
    from purchases
    group by currency
),

final as (
    select
        purchases.order_id,
        purchases.customer_id,
        purchases.ordered_on,
        purchases.net_amount
    from purchases
    inner join currencies on purchases.currency = currencies.currency
    where currencies.place = 1
)

select * from final
