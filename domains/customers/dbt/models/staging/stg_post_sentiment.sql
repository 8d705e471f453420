with

post_sentiment as (
    select * from {{ source('customers', 'post_sentiment') }}
),

final as (
    select
        -- ids
        post_id,

        -- what
        mood,
        sentiment,
        model_version,

        -- times
        posted_on
    from post_sentiment
)

select * from final
