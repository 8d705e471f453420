with

campaigns as (
    select * from {{ source('raw', 'campaigns') }}
),

final as (
    select
        campaign_id,
        name,
        channel,
        starts_on,
        ends_on,
        budget,
        ingested_at
    from campaigns
)

select * from final
