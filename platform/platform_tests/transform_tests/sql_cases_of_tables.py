"""More queries, with several tables, windows and sets, and what each of their columns is computed from."""

from .sql_cases import Case

CASES = (
    Case(
        "unions by name in a row, through stars",
        "with u as (select * exclude (quantity) from raw.old_lines union all by name "
        "select sku, order_id from raw.lines union all by name select name, sku from shop.products) select * from u",
        {"order_id": "o.order_id l.order_id", "sku": "l.sku p.sku", "name": "p.name"},
    ),
    Case(
        "except after a CTE",
        "with a as (select order_id as id from raw.lines), "
        "b as (select id from a except select order_id from raw.old_lines) "
        "select id from b intersect (select id from a)",
        {"id": "l.order_id"},
    ),
    Case(
        "union inside a CTE, read through a star",
        "with u as (select order_id, quantity from raw.lines union select * from raw.old_lines), "
        "f as (select *, quantity * 2 as twice from u) select * from f",
        {
            "order_id": "l.order_id o.order_id",
            "quantity": "l.quantity o.quantity",
            "twice": "l.quantity o.quantity",
        },
    ),
    Case(
        "except hands on the first side's values",
        "select order_id from raw.lines except select order_id from raw.old_lines",
        {"order_id": "l.order_id"},
    ),
    Case(
        "intersect hands on the first side's values",
        "select order_id from raw.lines intersect select order_id from raw.old_lines",
        {"order_id": "l.order_id"},
    ),
    Case(
        "CTEs in a chain, each with other names",
        "with a as (select quantity as x from raw.lines), b as (select x as y from a), c as (select y + 1 as z from b) "
        "select z from c",
        {"z": "l.quantity"},
    ),
    Case(
        "a CTE that names its columns",
        "with a(x, y) as (select quantity, price from raw.lines) select x * y as gross from a",
        {"gross": "l.quantity l.price"},
    ),
    Case(
        "a CTE with a table's name",
        "with lines as (select order_id, discount as price from raw.lines) select price from lines",
        {"price": "l.discount"},
    ),
    Case(
        "a CTE inside a CTE",
        "with a as (with b as (select price as x from raw.lines) select x from b) select x from a",
        {"x": "l.price"},
    ),
    Case(
        "one CTE read twice",
        "with a as (select order_id, quantity as n from raw.lines) "
        "select a.n as now, b.n as before from a join a as b on a.order_id = b.order_id",
        {"now": "l.quantity", "before": "l.quantity"},
    ),
    Case(
        "a recursive CTE",
        "with recursive up as (select store, city, parent from raw.stores union all "
        "select s.store, up.city, s.parent from raw.stores s join up on s.parent = up.store) "
        "select store, city from up",
        {"store": "s.store", "city": "s.city"},
    ),
    Case(
        "a subquery in from",
        "select t.n from (select quantity as n, store from raw.lines where price > 0) as t",
        {"n": "l.quantity"},
    ),
    Case(
        "a subquery as a value",
        "select order_id, (select max(cost) from shop.products) as most from raw.lines",
        {"order_id": "l.order_id", "most": "p.cost"},
    ),
    Case(
        "a correlated subquery as a value",
        "select order_id, (select p.cost from shop.products p where p.sku = l.sku) as cost from raw.lines l",
        {"order_id": "l.order_id", "cost": "p.cost"},
    ),
    Case(
        "subqueries as filters",
        "select order_id from raw.lines l where exists (select 1 from raw.old_lines o where o.order_id = l.order_id) "
        "and sku in (select sku from shop.products)",
        {"order_id": "l.order_id"},
    ),
    Case(
        "a lateral join",
        "select l.order_id, t.gross from raw.lines l, lateral (select l.quantity * l.price as gross) as t",
        {"order_id": "l.order_id", "gross": "l.quantity l.price"},
    ),
    Case(
        "a star without a column",
        "select * exclude (quantity) from raw.old_lines",
        {"order_id": "o.order_id"},
    ),
    Case(
        "a star with a column replaced",
        "select * replace (-quantity as quantity) from raw.old_lines",
        {"order_id": "o.order_id", "quantity": "o.quantity"},
    ),
    Case(
        "a star with a column renamed",
        "select * rename (quantity as n) from raw.old_lines",
        {"order_id": "o.order_id", "n": "o.quantity"},
    ),
    Case(
        "stars of two tables",
        "select o.*, s.* exclude (store, parent) from raw.old_lines o cross join raw.stores s",
        {"order_id": "o.order_id", "quantity": "o.quantity", "city": "s.city"},
    ),
    Case(
        "a list taken apart in the select",
        "select order_id, unnest(tags) as tag from raw.lines",
        {"order_id": "l.order_id", "tag": "l.tags"},
    ),
    Case(
        "a list taken apart as a table",
        "select l.order_id, t.tag from raw.lines l, unnest(l.tags) as t(tag)",
        {"order_id": "l.order_id", "tag": "l.tags"},
    ),
    Case(
        "a list taken apart as a cross join",
        "select order_id, tag from raw.lines cross join unnest(tags) as t(tag)",
        {"order_id": "l.order_id", "tag": "l.tags"},
    ),
    Case("a struct's field", "select address.city as city from raw.lines", {"city": "l.address"}),
    Case("a struct's field of a table", "select l.address.zip as zip from raw.lines l", {"zip": "l.address"}),
    Case(
        "a struct made and read",
        "with a as (select {'n': quantity, 'p': price} as pair from raw.lines) select pair.n as n from a",
        {"n": "l.quantity l.price"},
    ),
    Case(
        "a list handled by a function of its own",
        "select list_transform(tags, tag -> upper(tag)) as tags from raw.lines",
        {"tags": "l.tags"},
    ),
    Case(
        "a calendar beside a table",
        "with days as (select unnest(generate_series(date '2026-01-01', date '2026-01-31', interval 1 day)) as day) "
        "select day, count(l.order_id) as orders from days "
        "left join raw.lines l on cast(l.at as date) = day group by day",
        {"day": "", "orders": "l.order_id"},
    ),
    Case(
        "a calendar as long as a table's days",
        "with b as (select min(at) as first, max(at) as last from raw.lines) "
        "select unnest(generate_series(first, last, interval 1 day)) as day from b",
        {"day": "l.at"},
    ),
    Case(
        "rows written out",
        "select v.kind, l.quantity from raw.lines l join (values ('a', 1), ('b', 2)) as v(kind, n) on l.quantity = v.n",
        {"kind": "", "quantity": "l.quantity"},
    ),
    Case(
        "columns turned into rows",
        "select order_id, 'price' as kind, price as value from raw.lines "
        "union all select order_id, 'discount', discount from raw.lines",
        {"order_id": "l.order_id", "kind": "", "value": "l.price l.discount"},
    ),
    Case(
        "pivot by cases",
        "select order_id, sum(case when sku = 'a' then quantity end) as a from raw.lines group by 1",
        {"order_id": "l.order_id", "a": "l.sku l.quantity"},
    ),
    Case(
        "an order and a limit are filters",
        "select order_id from raw.lines order by price desc limit 10",
        {"order_id": "l.order_id"},
    ),
)
