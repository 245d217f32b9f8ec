BEGIN;
SELECT stock FROM product WHERE id = $1;
-- the application subtracts what is sold
UPDATE product SET stock = $2 WHERE id = $1;
COMMIT;
