// Starts `isolint lsp` for SQL files; all that it shows comes from there.
import { ExtensionContext, workspace } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

export function activate(context: ExtensionContext): Promise<void> {
    const settings = workspace.getConfiguration('isolint');
    const names = Object.keys(context.extension.packageJSON.contributes.configuration.properties)
        .map((name) => name.replace(/^isolint\./, ''));
    const set = names
        .filter((name) => !['path', 'arguments'].includes(name) && settings.get(name) != null)
        .map((name) => `${name}=${settings.get(name)}`);
    const command = settings.get<string>('path') || 'isolint';
    const args = ['lsp', ...settings.get<string[]>('arguments', [])];

    client = new LanguageClient('isolint', { command, args }, {
        documentSelector: [{ language: 'sql' }, { language: 'postgres' }],
        initializationOptions: { set },
    });
    return client.start();
}

export function deactivate(): Promise<void> | undefined {
    return client?.stop();
}
