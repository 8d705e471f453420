with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

campaign_audience as (
    select * from {{ ref('stg_campaign_audience') }}
),

campaign_spend as (
    select * from {{ ref('stg_campaign_spend') }}
),

promotions as (
    select * from {{ ref('stg_promotions') }}
),

audiences as (
    select
        campaign_id,
        count(customer_id) as audience,
        count(case when arm = 'treated' then customer_id end) as treated,
        count(case when arm = 'control' then customer_id end) as control,
        max(ingested_at) as ingested_at
    from campaign_audience
    group by campaign_id
),

costs as (
    select
        campaign_id,
        sum(spend) as spend,
        count(case when spend > 0 then day end) as days_spent,
        max(ingested_at) as ingested_at
    from campaign_spend
    group by campaign_id
),

reductions as (
    select
        campaign_id,
        count(distinct promotion_id) as promotions,
        count(distinct sku) as skus_promoted,
        max(ingested_at) as ingested_at
    from promotions
    where campaign_id is not null
    group by campaign_id
),

final as (
    select
        -- campaign
        campaigns.campaign_id,
        campaigns.name,
        campaigns.channel,
        campaigns.starts_on,
        campaigns.ends_on,

        -- numbers
        cast(campaigns.budget as decimal(18, 4)) as budget,
        cast(coalesce(costs.spend, 0) as decimal(18, 4)) as spend,
        cast(coalesce(costs.days_spent, 0) as bigint) as days_spent,
        cast(coalesce(audiences.audience, 0) as bigint) as audience,
        cast(coalesce(audiences.treated, 0) as bigint) as treated,
        cast(coalesce(audiences.control, 0) as bigint) as control,
        cast(coalesce(reductions.promotions, 0) as bigint) as promotions,
        cast(coalesce(reductions.skus_promoted, 0) as bigint) as skus_promoted,

        -- times
        greatest(
            campaigns.ingested_at, audiences.ingested_at, costs.ingested_at, reductions.ingested_at
        ) as ingested_at
    from campaigns
    left join audiences on campaigns.campaign_id = audiences.campaign_id
    left join costs on campaigns.campaign_id = costs.campaign_id
    left join reductions on campaigns.campaign_id = reductions.campaign_id
)

select * from final
