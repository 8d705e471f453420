{#
    Windows over what an entity did before an order. `moment` is microseconds since 1970, a whole number, so that DuckDB
    and Spark range over it alike; the frame ends one microsecond before the order, so that it sees neither itself nor
    anything later of its day.
#}

{% macro earlier(entity, hours) -%}
    {# The window of the entity's rows in the hours before the row. #}
    over (
        partition by {{ entity }} order by moment
        range between {{ hours * 3600 * 1000000 }} preceding and 1 preceding
    )
{%- endmacro %}


{% macro ever_earlier(entity) -%}
    {# The window of all that was read of the entity before the row. #}
    over (partition by {{ entity }} order by moment range between unbounded preceding and 1 preceding)
{%- endmacro %}


{% macro moment_of(column) -%}
    {# Microseconds since 1970. #}
    {{ dbt_mesh.microseconds_between(dbt_mesh.start_of_day("date '1970-01-01'"), column) }}
{%- endmacro %}


{% macro microseconds(days) -%}
    {{ days * 24 * 3600 * 1000000 }}
{%- endmacro %}


{% macro euros(column) -%}
    {# Whole ten-thousandths, whose sums are exact in every order of addition, as an amount. #}
    (cast({{ column }} as double) / 10000)
{%- endmacro %}


{% macro days_read() -%}
    {# How far back an order's features may look: what was new within 60 days is counted over 30 days. #}
    {{ return(90) }}
{%- endmacro %}
