with

profiles as (
    select * from {{ source('raw', 'profiles') }}
),

final as (
    select
        customer_id,

        -- who
        first_name,
        last_name,
        email,
        phone,
        birth_date,
        city,
        postcode,
        country,

        -- membership
        loyalty_tier,
        consent_marketing,
        consent_profiling,

        -- times
        signed_up_at,
        changed_at,
        ingested_at
    from profiles
)

select * from final
