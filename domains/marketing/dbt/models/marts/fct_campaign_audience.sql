with

campaign_audience as (
    select * from {{ ref('stg_campaign_audience') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

final as (
    select
        -- ids
        campaign_audience.campaign_id,
        campaign_audience.customer_id,

        -- what
        campaign_audience.arm,
        campaigns.channel,

        -- times
        campaigns.starts_on,
        campaigns.ends_on,
        greatest(campaign_audience.ingested_at, campaigns.ingested_at) as ingested_at
    from campaign_audience
    inner join campaigns
        on campaign_audience.campaign_id = campaigns.campaign_id
)

select * from final
