"""Queries with what each of their columns is computed from, as a person would say it."""

from dataclasses import dataclass

SCHEMA = {
    "raw.lines": {
        "order_id": "varchar",
        "sku": "varchar",
        "quantity": "bigint",
        "price": "decimal(18, 4)",
        "discount": "decimal(18, 4)",
        "at": "timestamp",
        "store": "varchar",
        "tags": "varchar[]",
        "address": "struct(city varchar, zip varchar)",
    },
    "raw.old_lines": {"order_id": "varchar", "quantity": "bigint"},
    "raw.stores": {"store": "varchar", "city": "varchar", "parent": "varchar"},
    "shop.products": {"sku": "varchar", "name": "varchar", "cost": "decimal(18, 4)"},
}


@dataclass(frozen=True)
class Case:
    """A query, and column → the columns it is made from, their tables shortened as in SHORT."""

    what: str
    sql: str
    origins: dict[str, str]


SHORT = {"l": "raw.lines", "o": "raw.old_lines", "s": "raw.stores", "p": "shop.products"}
SIMPLE = (
    Case("a rename", "select quantity as n from raw.lines", {"n": "l.quantity"}),
    Case(
        "arithmetic",
        "select quantity * price - discount as net from raw.lines",
        {"net": "l.quantity l.price l.discount"},
    ),
    Case("a cast", "select cast(at as date) as day from raw.lines", {"day": "l.at"}),
    Case("a cast that may fail", "select try_cast(order_id as bigint) as n from raw.lines", {"n": "l.order_id"}),
    Case("a constant", "select 'EUR' as currency, 1 + 1 as two from raw.lines", {"currency": "", "two": ""}),
    Case(
        "the clock", "select current_timestamp as now, order_id from raw.lines", {"now": "", "order_id": "l.order_id"}
    ),
    Case(
        "an alias used again in the same select",
        "select quantity * price as gross, gross - discount as net from raw.lines",
        {"gross": "l.quantity l.price", "net": "l.quantity l.price l.discount"},
    ),
    Case(
        "names of any case and in quotes",
        'select "Order_ID" as ID, L.Quantity from RAW.Lines as L',
        {"id": "l.order_id", "quantity": "l.quantity"},
    ),
    Case(
        "case: what decides counts, too",
        "select case when store = 'x' then price else discount end as p from raw.lines",
        {"p": "l.store l.price l.discount"},
    ),
    Case(
        "coalesce over a join",
        "select coalesce(p.name, l.sku) as name from raw.lines l left join shop.products p on l.sku = p.sku",
        {"name": "p.name l.sku"},
    ),
    Case(
        "what is only joined on or filtered by is no origin",
        "select l.quantity from raw.lines l join raw.stores s on l.store = s.store "
        "where s.city = 'Bern' and l.price > 0",
        {"quantity": "l.quantity"},
    ),
    Case(
        "a range join",
        "select l.order_id, s.city from raw.lines l join raw.stores s on l.store >= s.store and l.store < s.parent",
        {"order_id": "l.order_id", "city": "s.city"},
    ),
    Case(
        "a join by the same name",
        "select store, city from raw.lines join raw.stores using (store)",
        {"store": "l.store s.store", "city": "s.city"},
    ),
    Case(
        "a full join by the same name",
        "select store from raw.lines full join raw.stores using (store)",
        {"store": "l.store s.store"},
    ),
    Case(
        "a table joined to itself",
        "select a.city as city, b.city as parent_city from raw.stores a join raw.stores b on a.parent = b.store",
        {"city": "s.city", "parent_city": "s.city"},
    ),
    Case(
        "an asof join",
        "select l.order_id, p.cost from raw.lines l asof join shop.products p on l.sku = p.sku and l.at >= p.name",
        {"order_id": "l.order_id", "cost": "p.cost"},
    ),
    Case(
        "a semi join",
        "select order_id from raw.lines semi join raw.old_lines using (order_id)",
        {"order_id": "l.order_id"},
    ),
    Case(
        "aggregates",
        "select store, sum(quantity * price) as gross, count(*) as lines, count(distinct order_id) as orders "
        "from raw.lines group by all",
        {"store": "l.store", "gross": "l.quantity l.price", "lines": "", "orders": "l.order_id"},
    ),
    Case(
        "groups by position, having",
        "select store as place, max(at) as last from raw.lines group by 1 having sum(quantity) > 0",
        {"place": "l.store", "last": "l.at"},
    ),
    Case(
        "rollup",
        "select store, sku, sum(quantity) as n from raw.lines group by rollup (store, sku)",
        {"store": "l.store", "sku": "l.sku", "n": "l.quantity"},
    ),
    Case(
        "an aggregate of some rows",
        "select sum(quantity) filter (where store = 'x') as n from raw.lines",
        {"n": "l.quantity l.store"},
    ),
    Case("the value at the largest", "select arg_max(price, at) as p from raw.lines", {"p": "l.price l.at"}),
    Case("an ordered list", "select list(sku order by at) as skus from raw.lines", {"skus": "l.sku l.at"}),
    Case(
        "an aggregate of an aggregate",
        "select avg(n) as mean from (select order_id, sum(quantity) as n from raw.lines group by 1)",
        {"mean": "l.quantity"},
    ),
    Case(
        "windows",
        "select lag(price) over (partition by sku order by at) as before, row_number() over (order by at) as place "
        "from raw.lines",
        {"before": "l.price l.sku l.at", "place": "l.at"},
    ),
    Case(
        "a window with a frame",
        "select sum(quantity) over (partition by sku order by at range between interval 7 day preceding "
        "and current row) as week from raw.lines",
        {"week": "l.quantity l.sku l.at"},
    ),
    Case(
        "a window with a name",
        "select sum(quantity) over w as n from raw.lines window w as (partition by sku order by at)",
        {"n": "l.quantity l.sku l.at"},
    ),
    Case(
        "qualify is a filter",
        "select order_id, price from raw.lines qualify row_number() over (partition by sku order by at desc) = 1",
        {"order_id": "l.order_id", "price": "l.price"},
    ),
    Case(
        "distinct on is a filter",
        "select distinct on (sku) order_id, price from raw.lines order by sku, at desc",
        {"order_id": "l.order_id", "price": "l.price"},
    ),
    Case(
        "union all, the second side under other names",
        "select order_id as id, quantity as n from raw.lines "
        "union all select order_id, -quantity as m from raw.old_lines",
        {"id": "l.order_id o.order_id", "n": "l.quantity o.quantity"},
    ),
    Case(
        "union of three, one a constant",
        "select quantity as n from raw.lines union all select quantity from raw.old_lines union all select 0",
        {"n": "l.quantity o.quantity"},
    ),
    Case(
        "union by name",
        "select quantity, order_id from raw.lines union all by name select order_id, quantity from raw.old_lines",
        {"quantity": "l.quantity o.quantity", "order_id": "l.order_id o.order_id"},
    ),
    Case(
        "union by name, where one side lacks a column",
        "select order_id, price from raw.lines union all by name select order_id, quantity from raw.old_lines",
        {"order_id": "l.order_id o.order_id", "price": "l.price", "quantity": "o.quantity"},
    ),
)
