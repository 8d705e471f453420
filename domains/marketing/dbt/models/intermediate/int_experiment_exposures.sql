with

-- the last day of an experiment decides about its visitors of the first one: all days are read, whatever the run's are
web_events as (
    select * from {{ source('raw', 'web_events') }}
),

exposures as (
    select
        experiment_id,
        visitor_id,
        min(variant) as variant,
        max(variant) as other_variant,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(case when kind = 'impression' then event_id end) as impressions,
        count(case when kind = 'product_view' and position is not null then event_id end) as clicks
    from web_events
    where experiment_id is not null and variant is not null
    group by experiment_id, visitor_id
),

-- who saw two variants is a witness for neither
final as (
    select
        experiment_id,
        visitor_id,
        variant,
        impressions,
        clicks,
        first_seen_at,
        last_seen_at
    from exposures
    where variant = other_variant
)

select * from final
