"""What was told is redacted and removed by functions of the owner's, which keep its digest.

Whoever runs the portal may then be somebody who can only add to the timeline: what these two do
is all that can be done to a row of it, and neither can leave the digest out.
"""

from django.db import migrations

ROW = "sha256(convert_to(jsonb_build_array(id, kind, subject_id, verb, extract(epoch FROM timeline_activity.at), extract(epoch FROM recorded_at), actor_id, actor_label, data)::text, 'UTF8'))"
REDACT = f"""CREATE FUNCTION timeline_redact(kept text[], chosen bigint[], moment timestamptz) RETURNS bytea LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO timeline_redaction (activity_id, was, now, at) SELECT id, {ROW}, '', moment FROM timeline_activity WHERE id = ANY(chosen);
    UPDATE timeline_activity SET actor_label = '', data = (SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(data) WHERE key = ANY(kept)) WHERE id = ANY(chosen);
    UPDATE timeline_redaction SET now = {ROW} FROM timeline_activity WHERE activity_id = id AND id = ANY(chosen);
    SELECT sha256(coalesce(string_agg(was || now, ''::bytea ORDER BY activity_id), '')) FROM timeline_redaction WHERE activity_id = ANY(chosen);
$$"""  # noqa: S608  (no part of it comes from outside)
REMOVE = f"""CREATE FUNCTION timeline_remove(chosen bigint[], moment timestamptz) RETURNS bytea LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO timeline_removal (activity_id, was, at) SELECT id, {ROW}, moment FROM timeline_activity WHERE id = ANY(chosen);
    DELETE FROM timeline_activity WHERE id = ANY(chosen);
    SELECT sha256(coalesce(string_agg(was, ''::bytea ORDER BY activity_id), '')) FROM timeline_removal WHERE activity_id = ANY(chosen);
$$"""  # noqa: S608  (no part of it comes from outside)


class Migration(migrations.Migration):
    dependencies = [("timeline", "0006_removals")]

    operations = [
        migrations.RunSQL(REDACT, "DROP FUNCTION timeline_redact"),
        migrations.RunSQL(REMOVE, "DROP FUNCTION timeline_remove"),
    ]
