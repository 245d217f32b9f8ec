"""Transactions of SQLAlchemy's ORM that meet: pairs of threads stop between reading and writing, so that each pair
collides. Writes the schema and then, as JSON, how often each function failed, with which SQLSTATE.
Usage: bank.py DIRECTORY-OF-THE-SOCKET PORT"""
import json
import sys
import threading
from collections import Counter
from time import sleep

from sqlalchemy import Column, Integer, String, create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, declarative_base

if len(sys.argv) < 3:
    sys.exit()
Base = declarative_base()


class Account(Base):
    __tablename__ = 'account'
    id = Column(Integer, primary_key=True)
    owner = Column(String, nullable=False, unique=True)
    balance = Column(Integer, nullable=False)


class Member(Base):
    __tablename__ = 'member'
    id = Column(Integer, primary_key=True)
    team = Column(Integer, nullable=False, index=True)
    name = Column(String, nullable=False)


engine = create_engine('postgresql+psycopg2://postgres@/postgres?host=%s&port=%s' % tuple(sys.argv[1:]), pool_size=4)
levels = {level: engine.execution_options(isolation_level=level)
          for level in ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')}


def withdraw(session, meet, number):
    """A lost update: the balance is computed here. The log tells milliseconds apart."""
    account = session.get(Account, 1 + number // 2)
    meet()
    sleep(0.01)
    account.balance -= 10


def earn(session, meet, number):
    """The same at REPEATABLE READ: the second one fails."""
    account = session.get(Account, 1 + number // 2)
    meet()
    account.balance += 10


def transfer(session, meet, number):
    """Two rows, in the order of the arguments: each of a pair has what the other wants."""
    low, high = 1 + number // 2, 5 + number // 2
    source, target = (low, high) if number % 2 else (high, low)
    session.execute(update(Account).where(Account.id == source).values(balance=Account.balance - 1))
    meet()
    session.execute(update(Account).where(Account.id == target).values(balance=Account.balance + 1))


def join(session, meet, number):
    """At most so many in a team: both count, then both insert."""
    count = session.scalar(select(func.count()).select_from(Member).where(Member.team == 7))
    meet()
    if count < 100:
        session.add(Member(team=7, name='secret-%d' % number))


def deposit(session, meet, number):
    """Nothing can go wrong."""
    meet()
    session.execute(update(Account).where(Account.id == 3).values(balance=Account.balance + number))


def run(function, level, number, barrier, failures, repeat):
    with levels[level].connect() as connection:
        for attempt in range(8):
            try:
                with Session(connection) as session, session.begin():
                    function(session, barrier.wait if attempt == 0 else lambda: None, number)
                return
            except DBAPIError as error:
                failures[error.orig.pgcode] += 1
                if not repeat:
                    return


def collide(function, level, times, repeat=False):
    failures = Counter()
    for time in range(times):
        barrier = threading.Barrier(2, timeout=20)
        pair = [threading.Thread(target=run, args=(function, level, 2 * (time % 4) + i, barrier, failures, repeat))
                for i in range(2)]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
    return failures


with engine.connect() as connection:
    connection.execute(text('SELECT 1'))
Base.metadata.create_all(engine)
with Session(engine) as session, session.begin():
    session.add_all(Account(owner='secret-%d' % i, balance=100) for i in range(9))
print(json.dumps({
    'withdraw': collide(withdraw, 'READ COMMITTED', 6),
    'earn': collide(earn, 'REPEATABLE READ', 6, repeat=True),
    'transfer': collide(transfer, 'READ COMMITTED', 4),
    'join': collide(join, 'SERIALIZABLE', 6),
    'deposit': collide(deposit, 'READ COMMITTED', 4),
}))
