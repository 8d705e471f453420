with

sessions as (
    select * from {{ ref('stg_sessions') }}
),

settled as (
    select
        *,
        {{ settled_day('started_on', [28]) }} as day
    from sessions
    where
        customer_id is not null
        and {{ dbt_mesh.until_days('started_on') }}
),

final as (
    select
        customer_id,
        day,

        -- numbers
        cast(count(session_id) as bigint) as sessions,
        cast(count(case when purchases > 0 then session_id end) as bigint) as purchase_sessions,
        cast(sum(product_views) as bigint) as product_views,
        cast(sum(add_to_carts) as bigint) as add_to_carts,

        -- times
        max(started_at) as last_session_at,
        max(ingested_at) as ingested_at
    from settled
    group by customer_id, day
)

select * from final
