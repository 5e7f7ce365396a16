"""What people were asked, and what they answered, stays as it was: the database sees to it."""

from django.db import migrations

EXAM = """
CREATE FUNCTION refuse_exam_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['retired_at'];
BEGIN
    IF OLD.published_at IS NULL THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        RAISE EXCEPTION 'a published exam is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_exam_is_frozen BEFORE UPDATE OR DELETE ON exams_exam
    FOR EACH ROW EXECUTE FUNCTION refuse_exam_change()
"""
PART = """
CREATE FUNCTION refuse_part_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM exams_exam WHERE id IN (OLD.exam_id, NEW.exam_id) FOR SHARE;  -- waits for one being published
    IF EXISTS (SELECT FROM exams_exam WHERE id IN (OLD.exam_id, NEW.exam_id) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the parts of a published exam are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER exams_part_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON exams_part
    FOR EACH ROW EXECUTE FUNCTION refuse_part_change()
"""
ITEM = """
CREATE FUNCTION refuse_item_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    exams CONSTANT bigint[] := ARRAY(SELECT exam_id FROM exams_part WHERE id IN (OLD.part_id, NEW.part_id));
BEGIN
    PERFORM FROM exams_exam WHERE id = ANY(exams) FOR SHARE;
    IF EXISTS (SELECT FROM exams_exam WHERE id = ANY(exams) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the items of a published exam are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER exams_item_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON exams_item
    FOR EACH ROW EXECUTE FUNCTION refuse_item_change()
"""
ANSWER = """
CREATE FUNCTION refuse_late_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM exams_attempt WHERE id IN (OLD.attempt_id, NEW.attempt_id) AND state <> 'open') THEN
        RAISE EXCEPTION 'the answers of an ended attempt are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER exams_answer_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON exams_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_late_answer()
"""
GRADE = """
CREATE TRIGGER exams_grade_is_frozen BEFORE UPDATE OR DELETE ON exams_grade
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def kept(table, function):
    undo = f"DROP TRIGGER exams_{table}_is_frozen ON exams_{table}"
    return undo + (f"; DROP FUNCTION {function}()" if function else "")


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_initial"), ("projects", "0002_frozen_rows")]
    operations = [
        migrations.RunSQL(EXAM, kept("exam", "refuse_exam_change")),
        migrations.RunSQL(PART, kept("part", "refuse_part_change")),
        migrations.RunSQL(ITEM, kept("item", "refuse_item_change")),
        migrations.RunSQL(ANSWER, kept("answer", "refuse_late_answer")),
        migrations.RunSQL(GRADE, kept("grade", "")),
    ]
