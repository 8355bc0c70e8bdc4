"""Words as the search sees them: folded, split at every sign, CJK as pairs of characters."""

from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations

FOLD = r"""
CREATE FUNCTION search_fold(source text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT translate(
    lower(public.unaccent('public.unaccent'::regdictionary, normalize(source, NFKC))),
    E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\t\n',
    '                                  '
  )
$$;
"""

PAIRS = r"""
CREATE FUNCTION search_pairs(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN folded ~ '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]' THEN
    regexp_replace(
      folded, '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+', ' ', 'g'
    ) || ' ' || coalesce((
      SELECT string_agg(
        CASE WHEN length(run[1]) = 1 THEN run[1] ELSE (
          SELECT string_agg(substr(run[1], place, 2), ' ')
          FROM generate_series(1, length(run[1]) - 1) AS place
        ) || ' ' || right(run[1], 1) END, ' '
      )
      FROM regexp_matches(
        folded, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+)', 'g'
      ) AS run
    ), '')
  ELSE folded END
$$;
"""

VECTOR = r"""
CREATE FUNCTION search_vector(source text, weight "char") RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT setweight(to_tsvector('pg_catalog.simple', search_pairs(search_fold(source))), weight)
$$;
"""

# Words lie beside their row and uncompressed, so that the newest rows are read without detours.
INLINE = """
ALTER TABLE tickets_searchdoc ALTER COLUMN vector SET STORAGE MAIN;
ALTER TABLE tickets_searchdoc SET (toast_tuple_target = 8160);
"""
BACK = """
ALTER TABLE tickets_searchdoc ALTER COLUMN vector SET STORAGE EXTENDED;
ALTER TABLE tickets_searchdoc RESET (toast_tuple_target);
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        UnaccentExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION search_fold(text)"),
        migrations.RunSQL(PAIRS, "DROP FUNCTION search_pairs(text)"),
        migrations.RunSQL(VECTOR, 'DROP FUNCTION search_vector(text, "char")'),
        migrations.RunSQL(INLINE, BACK),
    ]
