with

accesses as (
    select * from {{ ref('stg_accesses') }}
),

final as (
    select
        -- access
        access_id,
        accessed_on,
        accessed_at,
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
        status >= 400 as refused,
        reason,

        -- place in the log
        chain,
        sequence,
        previous_hash,
        line_hash,

        -- times
        ingested_at
    from accesses
)

select * from final
