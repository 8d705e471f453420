with

posts as (
    select * from {{ ref('stg_posts') }}
),

posts_of_the_run as (
    select
        *,
        {{ monday_of('posted_on') }} as week
    from posts
    where
        sku is not null
        and {{ in_weeks('posted_on') }}
),

final as (
    select
        sku,
        week,
        count(post_id) as mentions,
        sum(case when network = 'reviews' then 1 else 0 end) as reviews,
        count(distinct network) as networks,
        count(rating) as rated,
        sum(case when rating = 1 then 1 else 0 end) as rating_1,
        sum(case when rating = 2 then 1 else 0 end) as rating_2,
        sum(case when rating = 3 then 1 else 0 end) as rating_3,
        sum(case when rating = 4 then 1 else 0 end) as rating_4,
        sum(case when rating = 5 then 1 else 0 end) as rating_5,
        sum(rating) as stars,
        max(ingested_at) as ingested_at
    from posts_of_the_run
    group by sku, week
)

select * from final
