// What bank.py does, by Sequelize: pairs of transactions stop between reading and writing, so that each pair
// collides. Writes the schema and then, as JSON, how often each function failed, with which SQLSTATE.
// Usage: bank.js DIRECTORY-OF-THE-SOCKET PORT
'use strict';
const { DataTypes, Sequelize, Transaction } = require('sequelize');

if (process.argv.length < 4) process.exit();
const { READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE } = Transaction.ISOLATION_LEVELS;
const settings = { freezeTableName: true, timestamps: false };

// One connection for each of a pair, as two processes of an application have.
const sides = [0, 1].map(() => {
  const orm = new Sequelize('postgres', 'postgres', '', {
    dialect: 'postgres', host: process.argv[2], port: Number(process.argv[3]), logging: false, pool: { max: 1 },
  });
  const Account = orm.define('account', {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    owner: { type: DataTypes.STRING, allowNull: false, unique: true },
    balance: { type: DataTypes.INTEGER, allowNull: false },
  }, settings);
  const Member = orm.define('member', {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    team: { type: DataTypes.INTEGER, allowNull: false },
    name: { type: DataTypes.STRING, allowNull: false },
  }, { ...settings, indexes: [{ fields: ['team'] }] });
  return { orm, Account, Member };
});

// A lost update: the balance is computed here. The log tells milliseconds apart.
async function withdraw({ Account }, transaction, meet, number) {
  const account = await Account.findByPk(1 + (number >> 1), { transaction });
  await meet();
  await new Promise((resolve) => setTimeout(resolve, 10));
  account.balance -= 10;
  await account.save({ transaction });
}

// The same at REPEATABLE READ: the second one fails.
async function earn({ Account }, transaction, meet, number) {
  const account = await Account.findByPk(1 + (number >> 1), { transaction });
  await meet();
  account.balance += 10;
  await account.save({ transaction });
}

// Two rows, in the order of the arguments: each of a pair has what the other wants.
async function transfer({ Account }, transaction, meet, number) {
  const low = 1 + (number >> 1), high = 5 + (number >> 1);
  const [source, target] = number % 2 ? [low, high] : [high, low];
  await Account.decrement('balance', { by: 1, where: { id: source }, transaction });
  await meet();
  await Account.increment('balance', { by: 1, where: { id: target }, transaction });
}

// At most so many in a team: both count, then both insert.
async function join({ Member }, transaction, meet, number) {
  const count = await Member.count({ where: { team: 7 }, transaction });
  await meet();
  if (count < 100) await Member.create({ team: 7, name: `secret-${number}` }, { transaction });
}

// Nothing can go wrong.
async function deposit({ Account }, transaction, meet, number) {
  await meet();
  await Account.increment('balance', { by: number, where: { id: 3 }, transaction });
}

// A function to wait with: all wait until the second one does.
function barrier() {
  let waiting = 0, open;
  const opened = new Promise((resolve) => { open = resolve; });
  return () => { if (++waiting === 2) open(); return opened; };
}

async function run(side, work, isolationLevel, number, meet, failures, repeat) {
  for (let attempt = 0; attempt < 8; attempt++) {
    try {
      await side.orm.transaction({ isolationLevel }, (transaction) =>
        work(side, transaction, attempt === 0 ? meet : () => {}, number));
      return;
    } catch (error) {
      const state = error.original && error.original.code;
      if (!state) throw error;
      failures[state] = (failures[state] || 0) + 1;
      if (!repeat) return;
    }
  }
}

async function collide(work, level, times, repeat = false) {
  const failures = {};
  for (let time = 0; time < times; time++) {
    const meet = barrier();
    await Promise.all(sides.map((side, i) => run(side, work, level, 2 * (time % 4) + i, meet, failures, repeat)));
  }
  return failures;
}

async function main() {
  const { orm, Account } = sides[0];
  await orm.sync();
  await Account.bulkCreate(Array.from({ length: 9 }, (_, id) => ({ id: id + 1, owner: `secret-${id}`, balance: 100 })));
  const seen = {
    withdraw: await collide(withdraw, READ_COMMITTED, 6),
    earn: await collide(earn, REPEATABLE_READ, 6, true),
    transfer: await collide(transfer, READ_COMMITTED, 4),
    join: await collide(join, SERIALIZABLE, 6),
    deposit: await collide(deposit, READ_COMMITTED, 4),
  };
  console.log(JSON.stringify(seen));
  await Promise.all(sides.map((side) => side.orm.close()));
}

main().catch((error) => { console.error(error); process.exit(1); });
