with

voice_counts as (
    select * from {{ ref('int_voice_counts') }}
),

final as (
    select
        sku,
        week,

        -- numbers
        cast(mentions as bigint) as mentions,
        cast(reviews as bigint) as reviews,
        cast(networks as bigint) as networks,
        cast(rated as bigint) as rated,
        cast(mentions - rated as bigint) as unrated_posts,
        cast(rating_1 as bigint) as rating_1,
        cast(rating_2 as bigint) as rating_2,
        cast(rating_3 as bigint) as rating_3,
        cast(rating_4 as bigint) as rating_4,
        cast(rating_5 as bigint) as rating_5,
        cast(stars as double) / nullif(rated, 0) as mean_rating,
        cast(rating_1 + rating_2 as double) / nullif(rated, 0) as share_negative_rated,
        cast(rating_4 + rating_5 as double) / nullif(rated, 0) as share_positive_rated,

        -- times
        ingested_at
    from voice_counts
)

select * from final
