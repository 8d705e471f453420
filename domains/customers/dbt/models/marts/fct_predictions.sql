with

predictions as (
    select * from {{ source('raw', 'predictions') }}
),

final as (
    select
        -- ids
        prediction_id,
        predicted_at,
        model,
        model_version,
        route,
        reason,
        entity,
        customer_id,

        -- what was sent, what it was made from, what came of it: JSON
        request,
        inputs,
        answer,
        snapshots,
        views,

        -- numbers
        milliseconds,

        -- who asked
        consumer,
        request_id,

        -- times
        _day as predicted_on
    from predictions
    where {{ dbt_mesh.in_days('_day') }}
)

select * from final
