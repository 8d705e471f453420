with

web_events as (
    select * from {{ source('raw', 'web_events') }}
),

-- a session crosses midnight: the run also reads the day before its first and the day after its last
events_around_the_run as (
    select
        -- ids
        event_id,
        session_id,
        visitor_id,
        customer_id,
        campaign_id,
        experiment_id,
        order_id,

        -- what
        kind,
        variant,
        referrer,

        -- times
        _day as day,
        occurred_at,
        ingested_at
    from web_events
    where {{ around_days('_day', 1) }}
)

select * from events_around_the_run
