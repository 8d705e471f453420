{# How long before and after a campaign its customers are looked at: AFTER_DAYS and BEFORE_DAYS of ml/campaigns.py. #}
{% set after_days = 7 %}
{% set before_days = 84 %}

with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

campaign_spend as (
    select * from {{ ref('stg_campaign_spend') }}
),

costs as (
    select
        campaign_id,
        sum(spend) as spend
    from campaign_spend
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

        -- windows
        {{ dbt_mesh.add_days('campaigns.starts_on', -before_days) }} as compared_from,
        {{ dbt_mesh.add_days('campaigns.ends_on', after_days) }} as measured_until,

        -- numbers
        cast(coalesce(costs.spend, 0) as decimal(18, 4)) as spend
    from campaigns
    left join costs on campaigns.campaign_id = costs.campaign_id
)

select * from final
