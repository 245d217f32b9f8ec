#pragma once
/* What bounds the memory of reading a log, whatever its size. What is left out for a limit is
 * counted and said. */

enum log_limit {
    /* Of one entry, with all of its lines. A longer one keeps its beginning: the fields before the
     * message tell whose it is, and what it says is unknown. */
    LIMIT_ENTRY = 4 << 20,
    /* Entries of stderr whose DETAIL or STATEMENT may still come, because other processes have
     * written in between. */
    LIMIT_WAITING = 64,
    /* Sessions that are followed at once; max_connections rarely is beyond it. */
    LIMIT_SESSIONS = 5000,
    /* Statements of one transaction; bulk loads repeat one statement and are known by less. */
    LIMIT_STATEMENTS = 200,
    /* Lists of values of one transaction, and values of all of them, that later statements are
     * compared with: an ORM writes by key what it has read by a list. */
    LIMIT_LISTS = 16,
    LIMIT_MEMBERS = 512,
    /* Texts of statements that are known without parsing them. */
    LIMIT_TEXTS = 50000,
    /* Statements told apart after normalising. */
    LIMIT_SHAPES = 50000,
    /* Programs; applications have hundreds. */
    LIMIT_PROGRAMS = 20000,
    /* Transactions that have ended and may be the partner of a failure, or of a lost update. */
    LIMIT_WINDOW = 2048,
    /* Values that reads without a transaction have asked for, and the microseconds after which no
     * write belongs to them: a write may go over another connection of the pool. */
    LIMIT_READS = 1024,
    LIMIT_READ_AGE = 1000000,
    /* Transactions that end after one that writes, among which its read is looked for: what a session
     * has read ends in the log when the session goes on. */
    LIMIT_LATE = 256,
    /* Rows that one transaction is remembered by in the window. */
    LIMIT_ROWS = 32,
    /* Pairs of keys by which two conditions are learned to mean one row: when so many agree, more
     * are not looked at. */
    LIMIT_PAIRS = 64,
    /* Different partners, or places of failure, that one program lists. */
    LIMIT_EVIDENCE = 64,
    /* Failures that are listed one by one; beyond it they are counted by program. */
    LIMIT_EVENTS = 10000,
};
