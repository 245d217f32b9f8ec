BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE purchase SET status = 'expired'
 WHERE placed < now() - interval '7 days' AND status = 'open';
COMMIT;
