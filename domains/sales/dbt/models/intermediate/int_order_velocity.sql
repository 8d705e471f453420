with

orders as (
    select * from {{ ref('int_order_history') }}
),

sums as (
    select
        order_id,
        ordered_on,
        moment,
        {% for who in ['card', 'device', 'customer', 'store'] %}
            {{ who }}_id,
            {% for name, hours in [('1h', 1), ('1d', 24), ('7d', 168), ('30d', 720)] %}
                count(*) {{ earlier(who ~ '_key', hours) }} as {{ who }}_orders_{{ name }},
                coalesce(sum(spent) {{ earlier(who ~ '_key', hours) }}, 0) as {{ who }}_spent_{{ name }},
            {% endfor %}
            sum(is_purchase) {{ earlier(who ~ '_key', 720) }} as {{ who }}_purchases_30d,
            coalesce(sum(is_return) {{ earlier(who ~ '_key', 24) }}, 0) as {{ who }}_returns_1d,
            coalesce(sum(is_return) {{ earlier(who ~ '_key', 720) }}, 0) as {{ who }}_returns_30d,
            coalesce(sum(refunded) {{ earlier(who ~ '_key', 720) }}, 0) as {{ who }}_refunded_30d,
            coalesce(
                sum(unmatched_returned_units) {{ earlier(who ~ '_key', 720) }}, 0
            ) as {{ who }}_unmatched_30d,
            max(moment) {{ earlier(who ~ '_key', 1440) }} as {{ who }}_last_moment,
        {% endfor %}
        net
    from orders
),

means as (
    select
        *,
        {% for who in ['card', 'device', 'customer', 'store'] %}
            {{ euros(who ~ '_spent_30d') }} / nullif({{ who }}_purchases_30d, 0) as {{ who }}_mean_amount,
        {% endfor %}
        {{ euros('net') }} as amount
    from sums
),

final as (
    select
        order_id,
        {% for who in ['card', 'device', 'customer', 'store'] %}
            {% for name in ['1h', '1d', '7d', '30d'] %}
                cast(
                    case when {{ who }}_id is not null then {{ who }}_orders_{{ name }} end as bigint
                ) as {{ who }}_orders_{{ name }},
                case when {{ who }}_id is not null then {{ euros(who ~ '_spent_' ~ name) }} end
                    as {{ who }}_spent_{{ name }},
            {% endfor %}
            case when {{ who }}_id is not null then {{ who }}_mean_amount end as {{ who }}_mean_amount_30d,
            case when {{ who }}_id is not null then amount / {{ who }}_mean_amount end as {{ who }}_amount_to_mean,
            cast(
                case when {{ who }}_id is not null then {{ who }}_returns_1d end as bigint
            ) as {{ who }}_returns_1d,
            cast(
                case when {{ who }}_id is not null then {{ who }}_returns_30d end as bigint
            ) as {{ who }}_returns_30d,
            case when {{ who }}_id is not null then {{ euros(who ~ '_refunded_30d') }} end
                as {{ who }}_refunded_30d,
            cast(
                case when {{ who }}_id is not null then {{ who }}_unmatched_30d end as bigint
            ) as {{ who }}_unmatched_returns_30d,
            case when {{ who }}_id is not null then cast(moment - {{ who }}_last_moment as double) / 3600000000 end
                as {{ who }}_hours_since_last,
        {% endfor %}
        ordered_on
    from means
    where {{ dbt_mesh.in_days('ordered_on') }}
)

select * from final
