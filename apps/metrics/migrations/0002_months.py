"""Months of samples are made and dropped by functions of the owner's.

Whoever runs the portal may then be somebody who owns no table and makes none.
"""

from django.db import migrations

MAKE = """CREATE FUNCTION metrics_make_month(base text, retention integer, month timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', month);
    after timestamptz := first + interval '1 month';
    class text := base || '_' || retention;
    made text := class || to_char(first, '_YYYY_MM');
BEGIN
    IF base NOT IN ('metrics_sample', 'metrics_sampledist') THEN RAISE EXCEPTION 'no table of samples'; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', made, class);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE ts >= %L AND ts < %L RETURNING *) INSERT INTO %I SELECT * FROM moved', class || '_rest', first, after, made);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', class, made, first, after);
END $$"""
LEAVE = """CREATE FUNCTION metrics_drop_month(base text, retention integer, month timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    class text := base || '_' || retention;
    gone text := class || to_char(month, '_YYYY_MM');
BEGIN
    IF base NOT IN ('metrics_sample', 'metrics_sampledist') THEN RAISE EXCEPTION 'no table of samples'; END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', class, gone);
    EXECUTE format('DROP TABLE %I', gone);
END $$"""


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE, "DROP FUNCTION metrics_make_month"),
        migrations.RunSQL(LEAVE, "DROP FUNCTION metrics_drop_month"),
    ]
