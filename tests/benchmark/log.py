"""A server's log as csvlog: so many programs of an application, sent by so many sessions at the same time, with other
values each time. The same bytes for the same arguments. Usage: log.py FILE MEGABYTES PROGRAMS SESSIONS"""
import random
import sys

TABLES, BATCH = 60, 2000

SELECT = 'SELECT "t{a}"."id", "t{a}"."c{c}", "t{a}"."name" FROM "t{a}" WHERE "t{a}"."id" = %d LIMIT 21'
UPDATE = 'UPDATE "t{a}" SET "c{c}" = %d, "name" = \'%s\' WHERE "t{a}"."id" = %d'
LIST = 'SELECT "t{b}"."id" FROM "t{b}" WHERE "t{b}"."c{d}" = %d ORDER BY "t{b}"."id" ASC'
INSERT = 'INSERT INTO "t{b}" ("c{c}", "name", "note") VALUES (%d, \'%s\', \'%s\') RETURNING "t{b}"."id"'


def program(number):
    names = {'a': number % TABLES, 'b': (number * 7 + number // TABLES) % TABLES, 'c': number % 9,
             'd': number // TABLES % 9}
    count = 2 + number % 3
    return ['BEGIN'] + [each.format(**names) for each in (SELECT, UPDATE, LIST, INSERT)[:count]] + ['COMMIT']


def with_values(statement):
    pieces = statement.replace('%s', '%d').split('%d')
    return ''.join(piece + str(random.randint(1, 99999)) for piece in pieces[:-1]) + pieces[-1]


def entry(clock, session, number, statement):
    seconds = clock // 1000
    time = '%02d:%02d:%02d.%03d' % (seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, clock % 1000)
    return ('2026-11-27 %s UTC,"app","shop",%d,"10.0.0.1:5432",6b09f0c8.%x,%d,"idle in transaction",'
            '2026-11-27 00:00:00 UTC,%d/%d,0,LOG,00000,"statement: %s",,,,,,,,,"web","client backend",,0\n' %
            (time, session, session, number, session, number, statement.replace('"', '""')))


def main():
    path, size = sys.argv[1], int(sys.argv[2]) << 20
    programs = [program(number) for number in range(int(sys.argv[3]))]
    sessions = [{'todo': [], 'number': 1} for _ in range(int(sys.argv[4]))]
    clock = written = 0
    random.seed(1)
    with open(path, 'w') as out:
        while written < size:
            lines = []
            for _ in range(BATCH):
                index = random.randrange(len(sessions))
                session = sessions[index]
                session['todo'] = session['todo'] or list(random.choice(programs))
                session['number'] += 1
                clock += 1
                lines.append(entry(clock // 20, 1000 + index, session['number'], with_values(session['todo'].pop(0))))
            text = ''.join(lines)
            written += out.write(text)


main()
