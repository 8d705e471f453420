{#
    History made small. Seen from the days of a run, most of the past stands still: a fact that is 40 days old has left
    the window of 28 days before the run begins and stays inside that of 365 until after it ends. Such facts may share
    one day, the latest that no window tells apart from their own, so that a run of one day sums the past once instead
    of moving windows over it. Without a range every day is its own.
#}

{% macro settled_day(column, windows) -%}
    {# The latest day that is in the same windows as this day on every day of the run. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if first is none -%}
        {{ column }}
    {%- else -%}
        case
        {%- for length in (windows | sort(reverse=true)) + [0] %}
            {%- set gone = first - modules.datetime.timedelta(days=length) %}
            {%- set going = last - modules.datetime.timedelta(days=length) %}
            when {{ column }} <= date '{{ gone }}' then date '{{ gone }}'
            when {{ column }} <= date '{{ going }}' then {{ column }}
        {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}
