BEGIN;
UPDATE product SET stock = stock - $2 WHERE id = $1 RETURNING stock;
COMMIT;
