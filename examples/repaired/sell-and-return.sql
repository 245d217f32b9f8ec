-- isolint: program sell
BEGIN;
UPDATE product SET stock = stock - 1 WHERE id = $1;
UPDATE shelf SET pieces = pieces - 1 WHERE product = $1;
COMMIT;

-- isolint: program take back
BEGIN;
UPDATE product SET stock = stock + 1 WHERE id = $1;
UPDATE shelf SET pieces = pieces + 1 WHERE product = $1;
COMMIT;
