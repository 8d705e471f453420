with

campaign_audience as (
    select * from {{ source('raw', 'campaign_audience') }}
),

final as (
    select
        campaign_id,
        customer_id,
        arm,
        ingested_at
    from campaign_audience
)

select * from final
