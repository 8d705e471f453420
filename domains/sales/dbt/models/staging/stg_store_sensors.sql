with

store_sensors as (
    select * from {{ source('raw', 'store_sensors') }}
),

final as (
    select
        -- ids
        store_id,
        sensor_id,
        kind,

        -- numbers: exact, so that a sum does not depend on the order of addition
        cast(value as decimal(18, 4)) as value,

        -- times
        _day as measured_on,
        measured_at,
        {{ dbt_mesh.floor_minutes('measured_at', 15) }} as interval_start
    from store_sensors
    where {{ dbt_mesh.in_days('_day') }}
)

select * from final
