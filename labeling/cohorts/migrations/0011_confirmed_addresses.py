"""What is said of an address goes with the address; and who came by an invitation that was mailed to it has it."""

from django.db import migrations

DROP_OLD = """
    CREATE FUNCTION drop_addresses_before() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM account_emailaddress WHERE user_id = NEW.id AND lower(email) <> lower(NEW.email);
        RETURN NULL;
    END $$;
    CREATE TRIGGER addresses_before_are_dropped AFTER UPDATE OF email ON cohorts_person
    FOR EACH ROW WHEN (lower(OLD.email) <> lower(NEW.email)) EXECUTE FUNCTION drop_addresses_before();
"""
KEEP_OLD = """
    DROP TRIGGER addresses_before_are_dropped ON cohorts_person;
    DROP FUNCTION drop_addresses_before();
"""
CONFIRM = """
    DELETE FROM account_emailaddress address USING cohorts_person person
    WHERE person.id = address.user_id AND person.email <> address.email;
    INSERT INTO account_emailaddress (user_id, email, verified, "primary")
    SELECT id, email, true, true FROM cohorts_person
    WHERE email IN (SELECT email FROM cohorts_invitation WHERE mail = 'sent' AND used > 0)
    ON CONFLICT (user_id, email) DO UPDATE SET verified = true, "primary" = true;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0010_addresses_in_small_letters"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunSQL(DROP_OLD, KEEP_OLD), migrations.RunSQL(CONFIRM, migrations.RunSQL.noop)]
