with

locations as (
    select * from {{ source('raw', 'locations') }}
),

newest as (
    select
        location_id,
        max(changed_at) as changed_at
    from locations
    group by location_id
),

final as (
    select
        locations.location_id,
        locations.kind,
        locations.city,
        locations.opened_on
    from locations
    inner join newest
        on
            locations.location_id = newest.location_id
            and locations.changed_at = newest.changed_at
)

select * from final
