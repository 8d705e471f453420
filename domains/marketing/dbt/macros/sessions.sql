{# What sessions need of dates and of the order of events. #}

{% macro around_days(column, days) -%}
    {# True for the run's days and so many days before and after; without a range, always. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if first is none -%}
        true
    {%- else -%}
        {%- set margin = modules.datetime.timedelta(days=days) -%}
        {{ column }} between date '{{ first - margin }}' and date '{{ last + margin }}'
    {%- endif -%}
{%- endmacro %}


{% macro first_known(column, needs=none) -%}
    {# The value of the earliest event of the group that has one; the event's id decides between equal times. #}
    min_by({{ column }}, {{ event_order() }}) filter (
        where {{ column }} is not null{% if needs %} and {{ needs }} is not null{% endif %}
    )
{%- endmacro %}


{% macro event_order() -%}
    {{ return(adapter.dispatch('event_order', 'mesh_marketing')()) }}
{%- endmacro %}

{% macro default__event_order() -%}
    row(occurred_at, event_id)
{%- endmacro %}

{% macro spark__event_order() -%}
    struct(occurred_at, event_id)
{%- endmacro %}


{% macro first_part_first(column) -%}
    {# The value of the session's first day, or of its second where that knows none; `max` picks from a single row. #}
    coalesce(
        max(case when is_first_day then {{ column }} end),
        max(case when not is_first_day then {{ column }} end)
    )
{%- endmacro %}
