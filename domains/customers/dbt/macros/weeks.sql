{# The weeks of a run: the days of the run widened to whole weeks, because a day changes its week's rows. #}

{% macro in_weeks(column) -%}
    {# True from the Monday of the run's first day to the Sunday of its last; without a range, always. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if first is none -%}
        true
    {%- else -%}
        {%- set monday = first - modules.datetime.timedelta(days=first.weekday()) -%}
        {%- set sunday = last + modules.datetime.timedelta(days=6 - last.weekday()) -%}
        {{ column }} between date '{{ monday }}' and date '{{ sunday }}'
    {%- endif -%}
{%- endmacro %}


{% macro monday_of(column) -%}
    {# The Monday that begins the day's week. #}
    cast(date_trunc('week', {{ column }}) as date)
{%- endmacro %}
