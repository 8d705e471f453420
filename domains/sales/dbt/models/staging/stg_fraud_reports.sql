with

fraud_reports as (
    select * from {{ source('raw', 'fraud_reports') }}
),

final as (
    select
        order_id,
        min({{ moment_of('ingested_at') }}) as known_moment
    from fraud_reports
    where {{ dbt_mesh.in_days('_day', before=days_read()) }}
    group by order_id
)

select * from final
