BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM clerk WHERE shop = $1 AND on_duty;
-- the application goes on if there are at least two
UPDATE clerk SET on_duty = false WHERE id = $2;
COMMIT;
