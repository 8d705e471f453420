with

accesses as (
    select * from {{ source('raw', 'accesses') }}
),

final as (
    select
        -- access
        access_id,
        request_id,
        consumer,
        proof,
        action,
        product,
        major_version,
        purpose,
        columns_read,
        columns_in_clear,
        snapshot_id,
        row_count,
        status,
        reason,

        -- place in the log
        chain,
        sequence,
        previous_hash,
        line_hash,

        -- times
        _day as accessed_on,
        accessed_at,
        ingested_at
    from accesses
    where {{ dbt_mesh.in_days('_day') }}
)

select * from final
