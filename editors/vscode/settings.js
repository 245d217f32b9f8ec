// The settings of the extension: those keys of share/isolint.schema.json that are one word, and how the
// program is started. Usage: node settings.js SCHEMA [PACKAGE-JSON]; compares, or rewrites that file
'use strict';
const fs = require('fs');
const path = require('path');

const [schemaFile, target] = process.argv.slice(2);
const own = path.join(__dirname, 'package.json');
const manifest = JSON.parse(fs.readFileSync(target || own, 'utf8'));
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));

const properties = {
    'isolint.path': {
        type: 'string', default: 'isolint', description: 'The program isolint.',
    },
    'isolint.arguments': {
        type: 'array', items: { type: 'string' }, default: [],
        description: 'Options for it, as on the command line.',
    },
};
for (const [name, { enum: values, description }] of Object.entries(schema.properties)) {
    if (!values)
        continue;
    const words = values.includes(true) ? [true, false] : values.filter((each) => typeof each === 'string');
    properties[`isolint.${name}`] = {
        enum: [null, ...words], default: null, description: `${description} null: as .isolint.yml says.`,
    };
}
const contributes = {
    configuration: { title: 'isolint', properties },
    yamlValidation: [{ fileMatch: '.isolint.yml', url: schema.$id }],
};

if (target) {
    fs.writeFileSync(target, JSON.stringify({ ...manifest, contributes }, null, 2) + '\n');
} else if (JSON.stringify(manifest.contributes) !== JSON.stringify(contributes)) {
    console.log('editors/vscode/package.json does not have the settings of the schema; ' +
                'node editors/vscode/settings.js share/isolint.schema.json editors/vscode/package.json');
    process.exit(1);
}
