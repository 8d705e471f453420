with

post_moods as (
    select * from {{ ref('int_post_moods') }}
),

counted as (
    select
        sku,
        week,
        count(post_id) as mentions,
        count(rating) as rated,
        count(mood) as known,
        sum(case when mood = 'negative' then 1 else 0 end) as negative,
        sum(case when mood = 'neutral' then 1 else 0 end) as neutral,
        sum(case when mood = 'positive' then 1 else 0 end) as positive,
        round(avg(predicted_sentiment), 6) as mean_sentiment_unrated,
        max(model_version) as model_version,
        max(ingested_at) as ingested_at
    from post_moods
    group by sku, week
),

final as (
    select
        sku,
        week,

        -- numbers
        cast(mentions as bigint) as mentions,
        cast(rated as bigint) as rated,
        cast(known - rated as bigint) as predicted,
        cast(mentions - known as bigint) as unread,
        cast(negative as bigint) as negative,
        cast(neutral as bigint) as neutral,
        cast(positive as bigint) as positive,
        cast(negative as double) / nullif(known, 0) as share_negative,
        cast(positive as double) / nullif(known, 0) as share_positive,
        cast(positive - negative as double) / nullif(known, 0) as net_sentiment,
        cast(mean_sentiment_unrated as double) as mean_sentiment_unrated,
        cast(model_version as bigint) as model_version,

        -- times
        ingested_at
    from counted
)

select * from final
