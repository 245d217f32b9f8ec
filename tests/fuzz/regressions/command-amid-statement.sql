CREATE TABLE log (message text);
CREATE PROCEDURE note(m text) LNAGAUGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES (m);
    COMMIT;
END $$;
CREATE PROCEDURE note_twice(m text) LANGUAGE plp\i begin.sql
LOCK TABLE accoungsql AS $$
BEGIN
    CALL note(m);
    CALL note(m);
END $$;
CALL note_twice('x');
