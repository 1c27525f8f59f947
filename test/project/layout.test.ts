import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/project/project.ts';
import { flueManifest, inspect } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

interface Expected {
	readonly profile: string;
	readonly sourceDir: string;
	readonly path: string;
}

function facts({ runtime, sourceDir, connectorPath }: Project): Expected {
	return { profile: runtime.profile.since, sourceDir: sourceDir.value, path: connectorPath.value };
}

const AGENT = 'export const triggers = { webhook: true };\nexport default async function () {}\n';

const USE_AGENT = "'use agent';\nexport function Assistant() { return 'Help.'; }\n";

const layouts: [string, Files, Expected][] = [
	[
		'an empty project',
		{ 'package.json': {} },
		{ profile: '0.6.0', sourceDir: '.', path: '.flue/connectors/daytona.ts' },
	],
	[
		'an app with a src/ and no Flue',
		{ 'package.json': {}, 'src/index.ts': '' },
		{ profile: '0.6.0', sourceDir: '.', path: '.flue/connectors/daytona.ts' },
	],
	[
		'agents in src/ of a Flue that is not installed',
		{ 'package.json': {}, 'src/agents/a.ts': AGENT },
		{ profile: '0.6.0', sourceDir: 'src', path: 'src/connectors/daytona.ts' },
	],
	[
		'0.7 with .flue/',
		{ 'package.json': flueManifest('0.7.1'), '.flue/agents/a.ts': AGENT },
		{ profile: '0.6.0', sourceDir: '.flue', path: '.flue/connectors/daytona.ts' },
	],
	[
		'0.7 with agents in the root',
		{ 'package.json': flueManifest('0.7.1'), 'agents/a.ts': AGENT },
		{ profile: '0.6.0', sourceDir: '.', path: 'connectors/daytona.ts' },
	],
	[
		'0.8, which ignores src/',
		{ 'package.json': flueManifest('^0.8.0'), 'src/index.ts': '' },
		{ profile: '0.8.0', sourceDir: '.', path: '.flue/connectors/daytona.ts' },
	],
	[
		'0.8 with workflows in the root and an app in src/',
		{ 'package.json': flueManifest('^0.8.0'), 'workflows/a.ts': '', 'src/index.ts': '' },
		{ profile: '0.8.0', sourceDir: '.', path: 'connectors/daytona.ts' },
	],
	[
		'0.11 with src/',
		{ 'package.json': flueManifest('0.11.1'), 'src/workflows/a.ts': '' },
		{ profile: '0.9.0', sourceDir: 'src', path: 'src/connectors/daytona.ts' },
	],
	[
		'0.11 with an empty src/',
		{ 'package.json': flueManifest('0.11.1'), 'src/': '' },
		{ profile: '0.9.0', sourceDir: 'src', path: 'src/connectors/daytona.ts' },
	],
	[
		'beta.9 with sandboxes/',
		{ 'package.json': flueManifest('1.0.0-beta.9'), 'src/sandboxes/e2b.ts': '' },
		{ profile: '1.0.0-beta.3', sourceDir: 'src', path: 'src/sandboxes/daytona.ts' },
	],
	[
		'beta.1',
		{ 'package.json': flueManifest('1.0.0-beta.1') },
		{ profile: '1.0.0-beta.1', sourceDir: '.', path: '.flue/connectors/daytona.ts' },
	],
	[
		'2.0.1 with both .flue/ and src/',
		{ 'package.json': flueManifest('2.0.1'), '.flue/app.ts': '', 'src/index.ts': '' },
		{ profile: '2.0.0', sourceDir: '.flue', path: '.flue/connectors/daytona.ts' },
	],
	[
		'2.1 with an agent in the root',
		{ 'package.json': flueManifest('2.1.0'), 'assistant.ts': USE_AGENT },
		{ profile: '2.0.2', sourceDir: '.', path: 'connectors/daytona.ts' },
	],
	[
		'2.1 with an agent in a folder',
		{ 'package.json': flueManifest('2.1.0'), 'lib/bots/assistant.ts': `// A bot.\n${USE_AGENT}` },
		{ profile: '2.0.2', sourceDir: '.', path: 'connectors/daytona.ts' },
	],
	[
		'2.1 with an app in the root',
		{ 'package.json': flueManifest('2.1.0'), 'app.ts': '' },
		{ profile: '2.0.2', sourceDir: '.', path: 'connectors/daytona.ts' },
	],
	[
		'2.1 with nothing yet',
		{ 'package.json': flueManifest('2.1.0'), 'vite.config.ts': '' },
		{ profile: '2.0.2', sourceDir: '.', path: '.flue/connectors/daytona.ts' },
	],
];

describe('finds the source directory as the runtime does', () => {
	it.each(layouts)('in %s', async (_, tree, expected) => {
		expect(facts(await inspect(temporaryFolder(tree)))).toEqual(expected);
	});
});

it.each(['.flue', '.flue/agents', 'docs/notes'])('finds the package from inside %s', async (folder) => {
	const root = temporaryFolder({ 'package.json': flueManifest('2.1.0'), '.flue/agents/a.ts': '', 'docs/notes/': '' });
	const project = await inspect(join(root, folder));
	expect(project.root).toBe(root);
	expect(project.connectorPath.value).toBe('.flue/connectors/daytona.ts');
});
