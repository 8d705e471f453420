with

profile_validities as (
    select * from {{ ref('int_profile_validities') }}
),

dated as (
    select
        customer_id,
        loyalty_tier,
        consent_marketing,
        consent_profiling,
        ingested_at,
        cast(valid_from as date) as from_day,
        cast(valid_to as date) as to_day,
        cast(first_value(signed_up_at) over (partition by customer_id order by valid_from) as date) as signed_up_on,
        row_number() over (partition by customer_id order by valid_from) as validity_no
    from profile_validities
),

-- of several profiles of a day, the day ends with the last
at_the_end_of_a_day as (
    select
        customer_id,
        signed_up_on,
        loyalty_tier,
        consent_marketing,
        consent_profiling,
        ingested_at,
        greatest(from_day, signed_up_on) as from_day,
        to_day
    from dated
    where
        to_day is null
        or to_day > greatest(from_day, signed_up_on)
),

-- signed up before the first known profile: a customer, of whom nothing else is known yet
before_the_first as (
    select
        customer_id,
        signed_up_on,
        cast(null as string) as loyalty_tier,
        false as consent_marketing,
        false as consent_profiling,
        cast(null as timestamp) as ingested_at,
        signed_up_on as from_day,
        from_day as to_day
    from dated
    where
        validity_no = 1
        and signed_up_on < from_day
),

intervals as (
    select * from at_the_end_of_a_day
    union all
    select * from before_the_first
),

final as (
    select
        customer_id,
        loyalty_tier,
        consent_marketing,
        consent_profiling,
        signed_up_on,
        from_day,
        {{ dbt_mesh.add_days('to_day', -1) }} as until_day,
        ingested_at
    from intervals
)

select * from final
