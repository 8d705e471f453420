with

posts as (
    select * from {{ ref('stg_posts') }}
),

settled as (
    select
        *,
        {{ settled_day('posted_on', [90]) }} as day
    from posts
    where
        customer_id is not null
        and {{ dbt_mesh.until_days('posted_on') }}
),

final as (
    select
        customer_id,
        day,

        -- numbers
        cast(count(post_id) as bigint) as posts,
        cast(count(rating) as bigint) as ratings,
        cast(sum(rating) as bigint) as stars,

        -- times
        max(ingested_at) as ingested_at
    from settled
    group by customer_id, day
)

select * from final
