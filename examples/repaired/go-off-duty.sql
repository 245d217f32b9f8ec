BEGIN;
SELECT id FROM clerk WHERE shop = $1 AND on_duty ORDER BY id FOR NO KEY UPDATE;
UPDATE clerk SET on_duty = false WHERE id = $2;
COMMIT;
