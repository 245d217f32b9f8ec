CREATE FUNCTION f(a int, b text) RETURNS trigger LANGUAGE plpgsql AS $fuzz$-- Written in Latin-1- Written in Latin-1: the umlauts in the next lines are nCAße'; /itten in Latin-1- WrCOMIFMIT;
$fuzz$;
SELECT f(1, 'x');
