{#
    The days of a run: an inclusive range in the variables days_from and days_to; without them, all days.
    They are rendered when a model is compiled, never when the project is parsed: keep them out of config().
#}

{% macro in_days(column, before=0) -%}
    {# True for the run's days, and for as many days before them as a model must look back. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if first is none -%}
        true
    {%- else -%}
        {{ column }} between date '{{ first - modules.datetime.timedelta(days=before) }}' and date '{{ last }}'
    {%- endif -%}
{%- endmacro %}


{% macro until_days(column) -%}
    {# True for the run's days and for all before them: what a balance needs. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if last is none -%} true {%- else -%} {{ column }} <= date '{{ last }}' {%- endif -%}
{%- endmacro %}


{% macro first_day(otherwise) -%}
    {# The run's first day as a date; without a range, the given expression. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if first is none -%} {{ otherwise }} {%- else -%} date '{{ first }}' {%- endif -%}
{%- endmacro %}


{% macro last_day(otherwise) -%}
    {# The run's last day as a date; without a range, the given expression. #}
    {%- set first, last = dbt_mesh.days_of_the_run() -%}
    {%- if last is none -%} {{ otherwise }} {%- else -%} date '{{ last }}' {%- endif -%}
{%- endmacro %}


{% macro days_of_the_run() -%}
    {%- set first = var('days_from', none) -%}
    {%- set last = var('days_to', none) -%}
    {%- if (first is none) != (last is none) -%}
        {{ exceptions.raise_compiler_error("days_from and days_to are given together or not at all") }}
    {%- elif first is none -%}
        {{ return((none, none)) }}
    {%- else -%}
        {%- set as_date = modules.datetime.date.fromisoformat -%}
        {{ return((as_date(first | string), as_date(last | string))) }}
    {%- endif -%}
{%- endmacro %}
