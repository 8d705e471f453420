{# Where DuckDB and Spark differ. Sessions of both run in UTC, so a timestamp's date is its UTC day. #}

{% macro floor_minutes(column, minutes) -%}
    {# The start of the interval of so many minutes that holds the instant. #}
    {{ return(adapter.dispatch('floor_minutes', 'dbt_mesh')(column, minutes)) }}
{%- endmacro %}

{% macro default__floor_minutes(column, minutes) -%}
    time_bucket(interval '{{ minutes }} minutes', {{ column }})
{%- endmacro %}

{% macro spark__floor_minutes(column, minutes) -%}
    timestamp_seconds(floor(unix_seconds({{ column }}) / {{ minutes * 60 }}) * {{ minutes * 60 }})
{%- endmacro %}


{% macro each_day(first, last) -%}
    {# In a select list: the row once for each day of the inclusive range. #}
    {{ return(adapter.dispatch('each_day', 'dbt_mesh')(first, last)) }}
{%- endmacro %}

{% macro default__each_day(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) as date)
{%- endmacro %}

{% macro spark__each_day(first, last) -%}
    explode(sequence({{ first }}, {{ last }}, interval 1 day))
{%- endmacro %}


{% macro day_number(column) -%}
    {# Days since 1970-01-01: whole numbers that a window can range over. #}
    {{ return(adapter.dispatch('day_number', 'dbt_mesh')(column)) }}
{%- endmacro %}

{% macro default__day_number(column) -%}
    date_diff('day', date '1970-01-01', {{ column }})
{%- endmacro %}

{% macro spark__day_number(column) -%}
    datediff({{ column }}, date '1970-01-01')
{%- endmacro %}


{% macro microseconds_between(first, last) -%}
    {# Microseconds from the first instant to the last: whole numbers, so that their sums are exact. #}
    {{ return(adapter.dispatch('microseconds_between', 'dbt_mesh')(first, last)) }}
{%- endmacro %}

{% macro default__microseconds_between(first, last) -%}
    (epoch_us({{ last }}) - epoch_us({{ first }}))
{%- endmacro %}

{% macro spark__microseconds_between(first, last) -%}
    (unix_micros({{ last }}) - unix_micros({{ first }}))
{%- endmacro %}


{% macro start_of_day(column) -%}
    {# Midnight UTC that begins the day, as an instant. #}
    {{ return(adapter.dispatch('start_of_day', 'dbt_mesh')(column)) }}
{%- endmacro %}

{% macro default__start_of_day(column) -%}
    cast({{ column }} as timestamptz)
{%- endmacro %}

{% macro spark__start_of_day(column) -%}
    cast({{ column }} as timestamp)
{%- endmacro %}


{% macro add_days(column, days) -%}
    {# The date so many days later, as a date. #}
    {{ return(adapter.dispatch('add_days', 'dbt_mesh')(column, days)) }}
{%- endmacro %}

{% macro default__add_days(column, days) -%}
    cast({{ column }} + {{ days }} as date)
{%- endmacro %}

{% macro spark__add_days(column, days) -%}
    date_add({{ column }}, {{ days }})
{%- endmacro %}
