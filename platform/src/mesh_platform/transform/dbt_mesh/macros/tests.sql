{# Generic data tests that dbt lacks. #}

{% test unique_key(model, columns) %}
    {# No two rows share the columns' values. #}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}


{% test same_total(model, column, of, of_column=none) %}
    {# The column adds up to the same as in another relation: no row lost, none doubled. #}
    select totals.*
    from (
        select
            (select coalesce(sum({{ column }}), 0) from {{ model }}) as here,
            (select coalesce(sum({{ of_column or column }}), 0) from {{ of }}) as there
    ) as totals
    where here <> there
{% endtest %}
