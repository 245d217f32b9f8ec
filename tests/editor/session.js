// A scripted editor: starts `isolint lsp` in a directory and speaks to it with the protocol's own
// packages. Usage of the tests: node NAME.js ISOLINT NODE_MODULES
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const { createRequire } = require('module');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');

const [isolint, modules] = process.argv.slice(2);
const protocol = createRequire(path.join(path.resolve(modules), 'x.js'))('vscode-languageserver-protocol/node');

// A directory with these files, which goes when the test ends.
function directory(files) {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isolint-editor-')));
    process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), text);
    }
    return root;
}

class Session {
    constructor(root, options = []) {
        this.root = root;
        this.server = spawn(isolint, ['lsp', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.ended = new Promise((resolve) => this.server.on('exit', resolve));
        this.connection = protocol.createProtocolConnection(
            new protocol.StreamMessageReader(this.server.stdout),
            new protocol.StreamMessageWriter(this.server.stdin));
        this.diagnostics = new Map(); // by the name of the file
        this.published = 0;
        this.waiters = [];
        this.complaints = [];
        this.connection.onNotification('textDocument/publishDiagnostics', (params) => {
            this.published++;
            this.diagnostics.set(this.name(params.uri), params.diagnostics);
            this.waiters = this.waiters.filter((waiter) => !waiter());
        });
        for (const method of ['window/logMessage', 'window/showMessage'])
            this.connection.onNotification(method, (params) => this.complaints.push(params.message));
        this.connection.onRequest('client/registerCapability', (params) => {
            this.registered = params.registrations;
            return null;
        });
        this.connection.listen();
    }

    uri(name) {
        return pathToFileURL(path.join(this.root, name)).href;
    }

    name(uri) {
        return uri.startsWith('file:') ? path.relative(this.root, decodeURIComponent(new URL(uri).pathname)) : uri;
    }

    async start(capabilities = {}, more = {}) {
        const result = await this.connection.sendRequest('initialize', {
            processId: process.pid,
            rootUri: pathToFileURL(this.root).href,
            capabilities,
            ...more,
        });
        await this.connection.sendNotification('initialized', {});
        return result;
    }

    // Ends as the protocol says. A sanitizer that has seen something gives another exit status.
    async end() {
        await this.connection.sendRequest('shutdown');
        await this.connection.sendNotification('exit');
        const status = await this.ended;
        this.connection.dispose();
        if (status !== 0)
            throw new Error(`the server ends with ${status}`);
    }

    open(name, text, languageId = 'sql') {
        this.version = 1;
        return this.connection.sendNotification('textDocument/didOpen', {
            textDocument: { uri: this.uri(name), languageId, version: 1, text },
        });
    }

    change(name, ...contentChanges) {
        return this.connection.sendNotification('textDocument/didChange', {
            textDocument: { uri: this.uri(name), version: ++this.version },
            contentChanges,
        });
    }

    request(method, name, params = {}) {
        return this.connection.sendRequest(method, { textDocument: { uri: this.uri(name) }, ...params });
    }

    rules(name) {
        return (this.diagnostics.get(name) || []).map((each) => each.code);
    }

    // Waits until what is shown of a file is so.
    until(name, what, condition) {
        const holds = () => this.diagnostics.has(name) && condition(this.diagnostics.get(name));
        return new Promise((resolve, reject) => {
            if (holds())
                return resolve();
            const timer = setTimeout(
                () => reject(new Error(`${what}: not within 60 s; ${name} has ` +
                                       JSON.stringify(this.rules(name)))), 60000);
            this.waiters.push(() => {
                if (!holds())
                    return false;
                clearTimeout(timer);
                resolve();
                return true;
            });
        });
    }

    untilRule(name, rule) {
        return this.until(name, rule, (list) => list.some((each) => each.code === rule));
    }

    untilNot(name, rule) {
        return this.until(name, `no ${rule}`, (list) => !list.some((each) => each.code === rule));
    }
}

// Runs the tests one after the other; the exit status is what Meson wants.
async function run(tests) {
    let failed = 0;
    for (const [name, test] of Object.entries(tests)) {
        try {
            await test();
            console.log(`ok ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${name}\n${error.stack}`);
        }
    }
    process.exit(failed ? 1 : 0);
}

module.exports = { Session, directory, protocol, run };
