{% macro is_first_or_differs(within, by, columns) -%}
    {# Whether a row is the first of its group or has, in one of the columns, another value than the row before. #}
    {%- set before = 'over (partition by ' ~ within ~ ' order by ' ~ by ~ ')' -%}
    row_number() {{ before }} = 1
    {%- for column in columns %}
    or {{ column }} is distinct from lag({{ column }}) {{ before }}
    {%- endfor %}
{%- endmacro %}
