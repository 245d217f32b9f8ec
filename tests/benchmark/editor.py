"""How long the language server takes from an edit to the findings of the edited file, and to those of another file that
the edit makes or takes away. Usage: editor.py ISOLINT FILES…: a workspace of so many files each time."""
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

EDITS = 6
TRANSFER = 'BEGIN;\nUPDATE t{0} SET v = v + 1 WHERE id = 1;\nUPDATE t{1} SET v = v + 1 WHERE id = 1;\nCOMMIT;\n'
LOST = 'BEGIN;\nSELECT v FROM t{0} WHERE id = $1;\nUPDATE t{0} SET v = $2 WHERE id = $1;\nCOMMIT;\n'
LOCKED = ('BEGIN;\nSELECT w FROM t{0} WHERE id = $1 FOR UPDATE;\nUPDATE t{0} SET w = $2 WHERE id = $1;\n'
          'INSERT INTO t{1} VALUES ($3, 1, 1);\nCOMMIT;\n')
# The edited file meets the other one, and has a finding of its own; or it says nothing.
EDITED = (TRANSFER.format(0, 1) + LOST.format(0), 'SELECT 1;\n')


def write(root, name, text):
    os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
    with open(os.path.join(root, name), 'w') as file:
        file.write(text)


def make(root, count):
    tables = max(count // 10, 3)
    write(root, 'schema.sql', ''.join('CREATE TABLE t%d (id int PRIMARY KEY, v int NOT NULL, w int NOT NULL);\n' % each
                                      for each in range(tables)))
    write(root, 'edited.sql', EDITED[1])
    write(root, 'other.sql', TRANSFER.format(1, 0))
    for number in range(count):
        one, other = 2 + number % (tables - 2), 2 + number * 7 % (tables - 2)
        write(root, 'd%d/f%d.sql' % (number % 20, number), LOST.format(one) + LOCKED.format(other, one))


class Client:
    def __init__(self, isolint, root):
        self.root = 'file://' + root
        self.server = subprocess.Popen([isolint, 'lsp'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
        self.inbox = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.send('initialize', {'rootUri': self.root, 'capabilities': {}}, id=1)
        self.send('initialized', {})

    def read(self):
        out = self.server.stdout
        for head in iter(out.readline, b''):
            out.readline()
            self.inbox.put((time.monotonic(), json.loads(out.read(int(head.split(b':')[1])))))

    def send(self, method, params, **more):
        body = json.dumps({'jsonrpc': '2.0', 'method': method, 'params': params, **more}).encode()
        self.server.stdin.write(b'Content-Length: %d\r\n\r\n%s' % (len(body), body))
        self.server.stdin.flush()

    def text(self, name, **more):
        return {'textDocument': {'uri': self.root + '/' + name, **more}}

    def wait(self, wanted):
        """The times at which each of `wanted`, (file, rule, whether it is there), has come true."""
        times = {}
        while len(times) < len(wanted):
            when, message = self.inbox.get(timeout=120)
            if message.get('method') != 'textDocument/publishDiagnostics':
                continue
            rules = {each['code'] for each in message['params']['diagnostics']}
            for name, rule, there in wanted:
                if message['params']['uri'] == self.root + '/' + name and (rule in rules) == there:
                    times.setdefault(name, when)
        return times


def milliseconds(times):
    return '%6.0f ms (at most %.0f)' % (1000 * sorted(times)[len(times) // 2], 1000 * max(times))


def measure(isolint, count):
    own, every = [], []
    with tempfile.TemporaryDirectory() as root:
        make(root, count)
        client = Client(isolint, root)
        client.send('textDocument/didOpen', client.text('edited.sql', languageId='sql', version=0, text=EDITED[1]))
        client.wait([('d0/f0.sql', 'lost-update', True)])
        for edit in range(EDITS):
            there = edit % 2 == 0
            started = time.monotonic()
            client.send('textDocument/didChange', {**client.text('edited.sql', version=edit + 1),
                                                   'contentChanges': [{'text': EDITED[edit % 2]}]})
            times = client.wait([('edited.sql', 'lost-update', there), ('other.sql', 'lock-order', there)])
            own.append(times['edited.sql'] - started)
            every.append(times['other.sql'] - started)
        client.server.kill()
        client.server.wait()
    print('%6d files: own file %s, all files %s' % (count, milliseconds(own), milliseconds(every)), flush=True)


for argument in sys.argv[2:]:
    measure(os.path.abspath(sys.argv[1]), int(argument))
