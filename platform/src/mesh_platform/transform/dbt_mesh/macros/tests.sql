{# Generic data tests that dbt lacks. #}

{# unique_key: no two rows share the columns' values. #}
{% test unique_key(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}


{# same_total: a column adds up to the same as in another relation; no row is lost, none doubled. #}
{% test same_total(model, column, of, of_column=none) %}
    select totals.*
    from (
        select
            (select coalesce(sum({{ column }}), 0) from {{ model }}) as here,
            (select coalesce(sum({{ of_column or column }}), 0) from {{ of }}) as there
    ) as totals
    where here <> there
{% endtest %}
