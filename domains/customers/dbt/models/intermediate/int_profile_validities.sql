with

profiles as (
    select * from {{ ref('stg_profiles') }}
),

compared as (
    select
        *,
        {{ is_first_or_differs(
            within='customer_id',
            by='changed_at',
            columns=[
                'first_name', 'last_name', 'email', 'phone', 'birth_date', 'city', 'postcode', 'country',
                'loyalty_tier', 'consent_marketing', 'consent_profiling', 'signed_up_at'
            ]
        ) }} as is_change
    from profiles
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
        changed_at as valid_from,
        lead(changed_at) over (partition by customer_id order by changed_at) as valid_to,
        ingested_at
    from compared
    where is_change
)

select * from final
