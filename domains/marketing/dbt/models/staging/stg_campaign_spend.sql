with

campaign_spend as (
    select * from {{ source('raw', 'campaign_spend') }}
),

final as (
    select
        campaign_id,
        day,
        spend,
        ingested_at
    from campaign_spend
)

select * from final
