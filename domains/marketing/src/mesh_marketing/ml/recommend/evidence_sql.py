"""The queries of `evidence`: each names the frames `as_of`, `people`, `goods` or `cuts` that it is given.

A known day is the first midnight at which a row was known: rows delivered at the midnight after their day have the
next day's number. Everything is sorted, so that the same snapshots give the same model.
"""

CONSENTING = """
with known as (
    select customer_id, consent_profiling,
        row_number() over (partition by customer_id order by valid_from desc, ingested_at desc) as newest
    from customers.customers
    where valid_from < (select t from as_of) and ingested_at <= (select t from as_of)
)
select customer_id from known where newest = 1 and consent_profiling order by customer_id
"""

ITEMS = """
select sku, name, category, brand, cast(list_price as double) as list_price from inventory.products order by sku
"""

_DAY = "date_diff('day', date '1970-01-01', cast({} as date))"
_KNOWN = "cast(ceil(epoch({}.ingested_at) / 86400.0) as bigint)"

PURCHASES = f"""
select
    coalesce(p.customer, -1) as customer, g.item,
    {_DAY.format("l.ordered_at")} as day, {_KNOWN.format("l")} as known_day,
    l.store_id as store, count(distinct l.order_id) as orders, cast(avg(l.unit_price) as double) as price,
    cast(sum(l.quantity) as bigint) as quantity
from sales.order_lines as l
join goods as g using (sku)
left join people as p using (customer_id)
where l.quantity > 0 and l.ordered_at < (select t from as_of) and l.ingested_at <= (select t from as_of)
group by all
order by all
"""

ACTIONS = f"""
select
    p.customer, g.item,
    case e.kind when 'add_to_cart' then 'carted' when 'impression' then 'shown'
        else case when e.position is null then 'sought' else 'clicked' end end as kind,
    {_DAY.format("e.occurred_at")} as day, {_KNOWN.format("e")} as known_day, count(*) as times
from marketing_raw.web_events as e
join goods as g using (sku)
join people as p using (customer_id)
where
    e.kind in ('product_view', 'add_to_cart', 'impression')
    and e.occurred_at < (select t from as_of) and e.ingested_at <= (select t from as_of)
group by all
order by all
"""

LISTS = f"""
select
    g.item, e.position, {_DAY.format("e.occurred_at")} as day, {_KNOWN.format("e")} as known_day,
    cast(count(*) filter (e.kind = 'impression') as bigint) as shown,
    cast(count(*) filter (e.kind = 'product_view') as bigint) as clicked
from marketing_raw.web_events as e
join goods as g using (sku)
where
    e.kind in ('impression', 'product_view') and e.position is not null
    and e.occurred_at < (select t from as_of) and e.ingested_at <= (select t from as_of)
group by all
order by all
"""

STOCK = f"""
with days as (select distinct day, {_DAY.format("day")} as number from inventory.stock_levels),
newest as (select c.cut, max(d.number) as number from cuts as c join days as d on d.number < c.cut group by c.cut)
select n.cut, g.item, s.location_id as location, s.on_hand
from newest as n
join days as d using (number)
join inventory.stock_levels as s using (day)
join goods as g using (sku)
where s.on_hand > 0
order by all
"""

PROMOTIONS = f"""
select
    g.item, p.discount_pct, {_DAY.format("p.starts_on")} as starts, {_DAY.format("p.ends_on")} as ends,
    {_KNOWN.format("p")} as known_day
from marketing_raw.promotions as p
join goods as g using (sku)
where p.ingested_at <= (select t from as_of)
order by all
"""

PARTS = {
    "purchases": PURCHASES,
    "actions": ACTIONS,
    "lists": LISTS,
    "stock": STOCK,
    "promotions": PROMOTIONS,
}
