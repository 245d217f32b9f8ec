#!/usr/bin/env node
// Runs the program of the package that fits this machine; its exit status is that of isolint.
'use strict';
const {spawn} = require('child_process');
const {constants} = require('os');

const name = `@isolint/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}/bin/isolint`);
} catch {
  console.error(`isolint: the package ${name} is not installed: it was left out (--omit=optional), or there is no ` +
    'program for this machine. See https://github.com/isolint/isolint#install');
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), {stdio: 'inherit'});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`isolint: cannot run ${program}: ${error.message}`);
  process.exit(2);
});
child.on('exit', (status, signal) => process.exit(signal ? 128 + constants.signals[signal] : status));
