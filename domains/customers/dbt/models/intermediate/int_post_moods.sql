with

posts as (
    select * from {{ ref('stg_posts') }}
),

post_sentiment as (
    select * from {{ ref('stg_post_sentiment') }}
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
        -- ids
        posts_of_the_run.post_id,
        posts_of_the_run.sku,

        -- what
        posts_of_the_run.rating,
        case
            when posts_of_the_run.rating <= 2 then 'negative'
            when posts_of_the_run.rating = 3 then 'neutral'
            when posts_of_the_run.rating >= 4 then 'positive'
            else post_sentiment.mood
        end as mood,
        case when posts_of_the_run.rating is null then post_sentiment.sentiment end as predicted_sentiment,
        case when posts_of_the_run.rating is null then post_sentiment.model_version end as model_version,

        -- times
        posts_of_the_run.week,
        posts_of_the_run.ingested_at
    from posts_of_the_run
    left join post_sentiment on posts_of_the_run.post_id = post_sentiment.post_id
)

select * from final
