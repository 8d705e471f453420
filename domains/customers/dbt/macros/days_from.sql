{% macro days_from(first, last) -%}
    {# How many days after the first date the last one is. #}
    cast({{ dbt_mesh.day_number(last) }} - {{ dbt_mesh.day_number(first) }} as bigint)
{%- endmacro %}
