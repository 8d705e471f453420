with

orders as (
    select * from {{ ref('int_order_history') }}
),

seen as (
    select
        order_id,
        customer_id,
        card_id,
        device_id,
        customer_key,
        card_key,
        device_key,
        ip_country,
        ordered_on,
        moment,
        min(moment) {{ earlier('card_key', 1440) }} as card_first_moment,
        min(moment) {{ earlier('device_key', 1440) }} as device_first_moment,
        min(moment) {{ earlier('customer_key', 1440) }} as customer_first_moment,
        count(device_id) {{ earlier('customer_key', 1440) }} as customer_devices_seen,
        count(card_id) {{ earlier('customer_key', 1440) }} as customer_cards_seen,
        count(ip_country) {{ earlier('customer_key', 1440) }} as customer_countries_seen,
        count(*) {{ earlier('customer_key, card_key', 1440) }} as customer_card_seen,
        count(*) {{ earlier('customer_key, device_key', 1440) }} as customer_device_seen,
        count(*) {{ earlier('customer_key, ip_country', 1440) }} as customer_country_seen,
        count(*) {{ earlier('device_key, card_key', 1440) }} as device_card_seen
    from orders
),

firsts as (
    select
        *,
        case when customer_card_seen = 0 and customer_id is not null and card_id is not null then 1 else 0 end
            as new_customer_card,
        case when customer_device_seen = 0 and customer_id is not null and device_id is not null then 1 else 0 end
            as new_customer_device,
        case when device_card_seen = 0 and device_id is not null and card_id is not null then 1 else 0 end
            as new_device_card
    from seen
),

counts as (
    select
        *,
        coalesce(sum(new_device_card) {{ earlier('device_key', 24) }}, 0) + new_device_card as device_cards_1d,
        coalesce(sum(new_device_card) {{ earlier('device_key', 720) }}, 0) + new_device_card as device_cards_30d,
        coalesce(sum(new_customer_device) {{ earlier('device_key', 720) }}, 0)
        + new_customer_device as device_customers_30d,
        coalesce(sum(new_customer_card) {{ earlier('customer_key', 24) }}, 0) + new_customer_card as customer_cards_1d,
        coalesce(sum(new_customer_card) {{ earlier('customer_key', 720) }}, 0)
        + new_customer_card as customer_cards_30d,
        coalesce(sum(new_customer_device) {{ earlier('customer_key', 720) }}, 0)
        + new_customer_device as customer_devices_30d,
        coalesce(sum(new_customer_card) {{ earlier('card_key', 720) }}, 0) + new_customer_card as card_customers_30d
    from firsts
),

final as (
    select
        -- ids
        order_id,

        -- ages
        case
            when card_id is not null
                then cast(moment - coalesce(card_first_moment, moment) as double) / {{ microseconds(1) }}
        end as card_age_days,
        case
            when device_id is not null
                then cast(moment - coalesce(device_first_moment, moment) as double) / {{ microseconds(1) }}
        end as device_age_days,
        case
            when customer_id is not null
                then cast(moment - coalesce(customer_first_moment, moment) as double) / {{ microseconds(1) }}
        end as customer_age_days,

        -- new pairs
        case
            when customer_id is not null and card_id is not null and customer_cards_seen > 0
                then customer_card_seen = 0
        end as card_is_new_to_customer,
        case
            when customer_id is not null and device_id is not null and customer_devices_seen > 0
                then customer_device_seen = 0
        end as device_is_new_to_customer,
        case
            when customer_id is not null and ip_country is not null and customer_countries_seen > 0
                then customer_country_seen = 0
        end as country_is_new_to_customer,

        -- how many
        cast(case when device_id is not null then device_cards_1d end as bigint) as device_cards_1d,
        cast(case when device_id is not null then device_cards_30d end as bigint) as device_cards_30d,
        cast(case when device_id is not null then device_customers_30d end as bigint) as device_customers_30d,
        cast(case when customer_id is not null then customer_cards_1d end as bigint) as customer_cards_1d,
        cast(case when customer_id is not null then customer_cards_30d end as bigint) as customer_cards_30d,
        cast(case when customer_id is not null then customer_devices_30d end as bigint) as customer_devices_30d,
        cast(case when card_id is not null then card_customers_30d end as bigint) as card_customers_30d
    from counts
    where {{ dbt_mesh.in_days('ordered_on') }}
)

select * from final
