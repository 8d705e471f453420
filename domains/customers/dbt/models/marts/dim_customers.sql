with

profile_validities as (
    select * from {{ ref('int_profile_validities') }}
),

final as (
    select
        customer_id,

        -- validity
        valid_from,
        valid_to,
        valid_to is null as is_current,

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
        signed_up_at,
        loyalty_tier,
        consent_marketing,
        consent_profiling,

        -- times
        ingested_at
    from profile_validities
)

select * from final
