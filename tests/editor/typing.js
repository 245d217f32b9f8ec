// Replays a session that was typed in Neovim (typing.json, by key), with what a client may do beside
// it: nonsense, cancellations, two questions at once. And what an editor asks for otherwise.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { Session, directory, protocol, run } = require('./session.js');

const schema = 'CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);\n';
const typed = JSON.parse(fs.readFileSync(path.join(__dirname, 'typing.json')))
    .map(([line, character, endLine, end, text]) => ({
        range: { start: { line, character }, end: { line: endLine, character: end } },
        text,
    }));

const position = (line, character) => ({ position: { line, character } });
const at = (line, character) => ({
    range: { start: { line, character }, end: { line, character } },
    context: { diagnostics: [] },
});

// The text after some edits of one in UTF-16 code units, as JavaScript counts them.
function edited(text, edits) {
    const offset = ({ line, character }) =>
        text.split('\n').slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
    return edits.map((edit, index) => [offset(edit.range.start), offset(edit.range.end), index, edit])
        .sort((a, b) => b[0] - a[0] || b[2] - a[2])
        .reduce((now, [start, end, , edit]) =>
            now.slice(0, start) + (edit.newText ?? edit.text) + now.slice(end), text);
}

const rejected = (promise, code) => promise.then(
    () => assert.fail('was answered'), (error) => assert.strictEqual(error.code, code));

async function actions(session, name, line, character, more = {}) {
    const list = await session.request('textDocument/codeAction', name, { ...at(line, character), ...more });
    return new Map(list.map((each) => [each.title, each]));
}

const lost = `BEGIN;
/* ünï🙂 */ SELECT balance FROM accounts WHERE id = 1; /* 🙂 */ UPDATE accounts SET balance = 2 WHERE id = 1;
COMMIT;
`;
const report = `BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM accounts WHERE id = 2;
COMMIT;
`;

run({
    async 'a session is typed'() {
        const session = new Session(directory({ 'schema.sql': schema }));
        const answers = [];
        let text = '';
        await session.start();
        await session.open('transfer.sql', '');
        for (const [index, change] of typed.entries()) {
            await session.change('transfer.sql', change);
            text = edited(text, [change]);
            if (index % 10 === 3) { // what is none of the protocol's business
                session.server.stdin.write('Content-Length: 3\r\n\r\n{]x');
                session.server.stdin.write('nonsense\r\n\r\n');
                answers.push(rejected(session.connection.sendRequest('no/such', {}), -32601));
            }
            if (index % 10 === 5) { // two at once, one of which is given up
                const source = new protocol.CancellationTokenSource();
                answers.push(session.request('textDocument/hover', 'transfer.sql', position(2, 8)));
                answers.push(session.connection.sendRequest('textDocument/codeLens',
                    { textDocument: { uri: session.uri('transfer.sql') } }, source.token)
                    .then(() => 0, (error) => assert.strictEqual(error.code, -32800)));
                source.cancel();
            }
            await new Promise((resolve) => setTimeout(resolve, index % 7));
        }
        await session.until('transfer.sql', 'the end',
            (list) => list.every((each) => each.code === 'retry-not-declared'));
        assert.ok(text.includes('-- isolint: allow lost-update\nUPDATE accounts'));
        await Promise.all(answers);
        // What is held is what was typed.
        await session.change('transfer.sql', {
            range: { start: { line: 2, character: 0 }, end: { line: 3, character: 0 } }, text: '' });
        await session.untilRule('transfer.sql', 'lost-update');
        await session.end();
    },

    async 'places are right behind wide characters'() {
        for (const [encoding, units, size] of [['utf-16', 'utf16le', 2], ['utf-8', 'utf8', 1], ['utf-32', 'utf32', 1]]) {
            const session = new Session(directory({ 'schema.sql': schema, 'a.sql': lost }));
            const { capabilities } = await session.start({ general: { positionEncodings: [encoding] } });
            assert.strictEqual(capabilities.positionEncoding, encoding);
            const line = lost.split('\n')[1];
            const length = (piece) => encoding === 'utf-32' ? [...piece].length : Buffer.byteLength(piece, units) / size;
            const start = length(line.slice(0, line.indexOf('UPDATE')));
            for (const open of [false, true]) { // from the disk, and from the editor
                if (open)
                    await session.open('a.sql', lost);
                await session.untilRule('a.sql', 'lost-update');
                const [found] = session.diagnostics.get('a.sql');
                assert.deepStrictEqual(found.range, {
                    start: { line: 1, character: start },
                    end: { line: 1, character: start + length('UPDATE accounts') },
                });
                assert.strictEqual(found.severity, 2);
                assert.ok(found.codeDescription.href.endsWith('/rules/lost-update.md'));
                assert.strictEqual(found.relatedInformation[0].location.range.start.character,
                    length(line.slice(0, line.indexOf('SELECT'))));
            }
            const hover = await session.request('textDocument/hover', 'a.sql', position(1, start + 8));
            assert.match(hover.contents.value, /\*\*accounts\*\* \(schema.sql:1\)/);
            assert.match(hover.contents.value, /Written by `a.sql:1`/);
            assert.match(hover.contents.value, /overwritten without an error/);
            assert.strictEqual(await session.request('textDocument/hover', 'a.sql', position(2, 7)), null);
            await session.end();
        }
    },

    async 'repairs and allowances'() {
        const text = lost + report;
        const session = new Session(directory({ 'schema.sql': schema, 'a.sql': text }));
        await session.start();
        await session.open('a.sql', text);
        await session.untilRule('a.sql', 'serializable-read-not-deferrable');

        const here = await actions(session, 'a.sql', 3, 2);
        const insert = here.get('Insert "READ ONLY"');
        assert.ok(insert.isPreferred);
        assert.strictEqual(insert.kind, 'quickfix');
        assert.strictEqual(insert.diagnostics[0].code, 'serializable-read-not-deferrable');
        const uri = session.uri('a.sql');
        assert.strictEqual(edited(text, insert.edit.changes[uri]),
            text.replace('SERIALIZABLE;', 'SERIALIZABLE READ ONLY;'));
        const suggestion = here.get('Insert "READ ONLY", insert "DEFERRABLE"');
        assert.ok(!suggestion.isPreferred);
        assert.strictEqual(edited(text, suggestion.edit.changes[uri]),
            text.replace('SERIALIZABLE;', 'SERIALIZABLE READ ONLY DEFERRABLE;'));

        const all = await actions(session, 'a.sql', 0, 0, {
            context: { diagnostics: [], only: ['source.fixAll'] } });
        assert.deepStrictEqual([...all.values()].map((each) => each.kind), ['source.fixAll.isolint']);
        assert.strictEqual((await actions(session, 'a.sql', 0, 0, {
            context: { diagnostics: [], only: ['refactor'] } })).size, 0);

        // Each allowance takes its finding away and is no comment without effect.
        for (const title of ['here', 'in this transaction', 'in this file'].map((where) => `Allow lost-update ${where}`)) {
            await session.change('a.sql', { text });
            await session.untilRule('a.sql', 'lost-update');
            const line = lost.split('\n')[1];
            const allow = (await actions(session, 'a.sql', 1, line.indexOf('UPDATE') + 2)).get(title);
            await session.change('a.sql', { text: edited(text, allow.edit.changes[uri]) });
            await session.untilNot('a.sql', 'lost-update');
            assert.ok(!session.rules('a.sql').includes('unused-suppression'));
        }
        await session.end();
    },

    async 'findings stay while a text is broken'() {
        const session = new Session(directory({ 'schema.sql': schema, 'a.sql': lost }));
        await session.start();
        await session.open('a.sql', lost);
        await session.untilRule('a.sql', 'lost-update');
        const broken = 'SELEC 1;\n' + lost;
        await session.change('a.sql', {
            range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: 'SELEC 1;\n' });
        await session.untilRule('a.sql', 'syntax-error');
        assert.ok(session.rules('a.sql').includes('lost-update'));
        assert.strictEqual(session.diagnostics.get('a.sql').find((each) => each.code === 'lost-update')
            .range.start.line, 2);
        await session.change('a.sql', { text: broken.replace('SELEC', 'SELECT') });
        await session.untilNot('a.sql', 'syntax-error');
        await session.end();
    },

    async 'other files, and the configuration'() {
        const session = new Session(directory({ 'a.sql': schema + lost }));
        await session.start({ workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
        await session.untilRule('a.sql', 'lost-update'); // of a file that nobody opened
        const soon = async (condition) => {
            while (!condition())
                await new Promise((resolve) => setTimeout(resolve, 10));
        };
        await soon(() => session.registered);
        assert.strictEqual(session.registered[0].method, 'workspace/didChangeWatchedFiles');
        const write = async (name, text) => {
            fs.writeFileSync(path.join(session.root, name), text);
            await session.connection.sendNotification('workspace/didChangeWatchedFiles', {
                changes: [{ uri: session.uri(name), type: 2 }] });
        };
        await write('.isolint.yml', 'rules:\n  lost-update: off\n');
        await session.untilNot('a.sql', 'lost-update');
        await write('.isolint.yml', 'rules:\n  lost-updatte: off\n');
        await soon(() => session.complaints.some((each) => each.includes('lost-updatte')));
        await write('.isolint.yml', '');
        await session.untilRule('a.sql', 'lost-update');
        // A buffer replaces its file, and the file counts again when it is closed.
        await session.open('a.sql', schema);
        await session.untilNot('a.sql', 'lost-update');
        await session.connection.sendNotification('textDocument/didClose', {
            textDocument: { uri: session.uri('a.sql') } });
        await session.untilRule('a.sql', 'lost-update');
        await session.end();
    },

    async 'the level at BEGIN'() {
        const session = new Session(directory({ 'a.sql': lost + report }), ['--default-isolation', 'repeatable-read']);
        const hints = await session.start({ textDocument: { inlayHint: {} } });
        assert.ok(hints.capabilities.inlayHintProvider);
        await session.open('a.sql', lost + report);
        assert.deepStrictEqual(
            (await session.request('textDocument/inlayHint', 'a.sql')).map((each) => [each.position.line, each.label]),
            [[0, 'REPEATABLE READ: the default that the configuration names'], [3, 'SERIALIZABLE: named here']]);
        await session.end();
    },

    async 'a file without a directory'() {
        const session = new Session(directory({ 'b.sql': schema }));
        await session.start({}, { rootUri: null });
        await session.open('a.sql', schema + lost);
        await session.untilRule('a.sql', 'lost-update');
        await session.end();
    },

    async 'folders come and go, each with its own configuration'() {
        const root = directory({
            'api/.isolint.yml': 'rules:\n  lost-update: off\n', 'api/a.sql': schema + lost,
            'jobs/a.sql': schema + lost, 'jobs/deep/.isolint.yml': '', 'jobs/deep/c.sql': schema + lost,
            'elsewhere/e.sql': schema + lost,
        });
        const session = new Session(root);
        const folder = (name) => ({ uri: session.uri(name), name });
        const change = (added, removed) => session.connection.sendNotification(
            'workspace/didChangeWorkspaceFolders',
            { event: { added: added.map(folder), removed: removed.map(folder) } });
        const { capabilities } = await session.start({}, { workspaceFolders: [folder('api'), folder('jobs')] });
        assert.ok(capabilities.workspace.workspaceFolders.changeNotifications);
        await session.untilRule('jobs/a.sql', 'lost-update');
        await session.untilRule('jobs/deep/c.sql', 'lost-update');
        assert.deepStrictEqual(session.rules('api/a.sql'), []);
        // The inner one is its own project, whose findings the outer one leaves alone.
        fs.writeFileSync(path.join(root, 'jobs/deep/.isolint.yml'), 'rules:\n  lost-update: off\n');
        await change(['jobs/deep'], []);
        await session.untilNot('jobs/deep/c.sql', 'lost-update');
        // What is open in a folder that goes is a file of its own, held against nothing of the folder.
        await session.open('jobs/a.sql', lost);
        await session.untilRule('jobs/a.sql', 'lost-update');
        await change([], ['jobs']);
        const hover = async (name) => (await session.request('textDocument/hover', name, position(1, 35)))?.contents.value;
        assert.match(await hover('jobs/a.sql'), /no CREATE TABLE statement for it was found/);
        await change(['jobs'], []);
        // A file outside of all folders, and one that is no file yet.
        await session.open('elsewhere/e.sql', schema + lost);
        await session.untilRule('elsewhere/e.sql', 'lost-update');
        await session.connection.sendNotification('textDocument/didClose', {
            textDocument: { uri: session.uri('elsewhere/e.sql') } });
        await session.untilNot('elsewhere/e.sql', 'lost-update');
        await change([], ['api', 'jobs']);
        await session.connection.sendNotification('textDocument/didOpen', {
            textDocument: { uri: 'untitled:Untitled-1', languageId: 'sql', version: 1, text: schema + lost } });
        await session.untilRule('untitled:Untitled-1', 'lost-update');
        await session.end();
    },

    async 'what is known of a table follows the edits'() {
        const session = new Session(directory({ 'schema.sql': schema, 'a.sql': lost, 'b.sql': '' }));
        const known = async () => (await session.request('textDocument/hover', 'b.sql', position(0, 14))).contents.value;
        const looked = () => new Promise((resolve) => setTimeout(resolve, 800)); // at all files
        await session.start();
        await session.open('b.sql', 'UPDATE accounts SET balance = 1;\n');
        await session.untilRule('a.sql', 'lost-update');
        await looked();
        assert.match(await known(), /Written by `a.sql:1`, `b.sql:1`/);
        await session.change('b.sql', { text: 'SELECT * FROM accounts;\n' });
        await looked();
        assert.match(await known(), /Read by `a.sql:1`, `b.sql:1`\n\nWritten by `a.sql:1`\n/);
        await session.change('b.sql', { text: 'SELECT * FROM nowhere;\n' });
        await looked();
        assert.match(await known(), /nowhere.*no CREATE TABLE/);
        await session.end();
    },

    async 'a file that is left out'() {
        const session = new Session(directory({
            '.isolint.yml': 'exclude: [old/]\n', 'a.sql': schema + lost, 'old/b.sql': lost }));
        await session.start();
        await session.open('old/b.sql', lost);
        await session.untilRule('a.sql', 'lost-update');
        assert.deepStrictEqual(await session.request('textDocument/codeLens', 'old/b.sql'), []);
        await session.change('old/b.sql', { text: 'SELECT 1;\n' + lost });
        assert.deepStrictEqual(await session.request('textDocument/codeLens', 'old/b.sql'), []);
        assert.deepStrictEqual(session.rules('old/b.sql'), []);
        // One that has come since, and that nobody has told of.
        fs.writeFileSync(path.join(session.root, 'c.sql'), lost);
        await session.open('c.sql', lost);
        await session.untilRule('c.sql', 'lost-update');
        await session.end();
    },

    async 'hover without Markdown, on a name with a blank'() {
        const session = new Session(directory({ 'schema.sql': 'CREATE TABLE "My Table" (id int PRIMARY KEY);\n' + schema }));
        await session.start({ textDocument: { hover: { contentFormat: ['plaintext'] } } });
        await session.open('a.sql', 'DELETE FROM "My Table" WHERE id = 1;\n' + lost);
        await session.untilRule('a.sql', 'lost-update');
        const { contents, range } = await session.request('textDocument/hover', 'a.sql', position(0, 17));
        assert.deepStrictEqual(contents, {
            kind: 'plaintext', value: 'My Table (schema.sql:1)\n\n- PRIMARY KEY (id)\n\nWritten by a.sql:1\n\n' });
        assert.deepStrictEqual([range.start.character, range.end.character], [13, 21]);
        const page = await session.request('textDocument/hover', 'a.sql',
            position(2, lost.split('\n')[1].indexOf('UPDATE') + 1));
        assert.match(page.contents.value, /^lost-update: UPDATE accounts may overwrite/);
        assert.match(page.contents.value, /The whole page https:.*lost-update.md\n$/);
        assert.doesNotMatch(page.contents.value, /[`*\]]/);
        await session.end();
    },

    async 'names that are written in more than one way'() {
        const name = 'a dir/ü@(1)+.sql';
        const session = new Session(directory({ [name]: schema + lost }));
        await session.start();
        await session.untilRule(name, 'lost-update');
        const uri = session.uri(name).replace('@', '%40').replace('(', '%28').replace('%C3%BC', '%c3%bc');
        const document = { uri, languageId: 'sql', version: 1, text: schema + lost };
        await session.connection.sendNotification('textDocument/didOpen', { textDocument: document });
        const lenses = () => session.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
        assert.strictEqual((await lenses()).length, 1);
        assert.deepStrictEqual(session.rules(name), ['lost-update']);
        await session.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
        await session.connection.sendNotification('textDocument/didOpen', { textDocument: document });
        await lenses();
        await new Promise((resolve) => setTimeout(resolve, 600)); // all files have been looked at
        assert.deepStrictEqual(session.rules(name), ['lost-update']);
        await session.end();
    },

    async 'an editor that goes away'() {
        const session = new Session(directory({ 'a.sql': lost }));
        await session.start();
        await session.open('a.sql', lost);
        session.server.stdin.end();
        assert.strictEqual(await session.ended, 1);
    },
});
