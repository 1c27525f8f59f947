import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flueManifest, inspect } from '../support/inspect.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

/**
 * How each generation of Flue finds its agents: `resolveSourceRoot` and `discoverAgents` of @flue/cli 0.8.1 and 0.11.1,
 * `resolveSourceRoot` of @flue/runtime 2.1.0 and `scanAgents` of @flue/vite 2.0.3.
 */
const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

const firstFolder = (root: string, names: readonly string[]) =>
	names.map((name) => join(root, name)).find(isFolder) ?? root;

const MODELS = {
	'0.7.1': (root: string) => filesOf(firstFolder(root, ['.flue'])),
	'0.8.1': (root: string) => filesOf(firstFolder(root, ['.flue'])),
	'0.11.1': (root: string) => filesOf(firstFolder(root, ['.flue', 'src'])),
	'1.0.0-beta.9': (root: string) => filesOf(firstFolder(root, ['.flue', 'src'])),
	'2.0.1': (root: string) => marked(firstFolder(root, ['.flue', 'src'])),
	'2.1.0': (root: string) => marked(firstFolder(root, ['.flue', 'src'])),
} as const;

type Version = keyof typeof MODELS;

function filesOf(sourceRoot: string): string[] {
	const folders = ['agents', 'workflows'].map((folder) => join(sourceRoot, folder)).filter(isFolder);
	return folders.flatMap((folder) =>
		readdirSync(folder)
			.filter((name) => /\.m?[jt]s$/.test(name))
			.map((name) => join(folder, name)),
	);
}

function marked(sourceRoot: string): string[] {
	const visible = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' }).filter(
		(path) => !/(?:^|[\\/])(?:\.|node_modules|dist)/.test(path),
	);
	const modules = visible.filter((path) => /\.m?[jt]s$/.test(path)).map((path) => join(sourceRoot, path));
	return modules.filter((path) => readFileSync(path, 'utf8').startsWith("'use agent'"));
}

const AGENT = "'use agent';\nexport function Helper() {}\n";

const LAYOUTS: Record<string, Files> = {
	'.flue/': { '.flue/agents/a.ts': AGENT, '.flue/workflows/w.ts': AGENT },
	'.flue/ beside an app in src/': { '.flue/agents/a.ts': AGENT, 'src/index.ts': '' },
	'.flue/ with sandboxes/': { '.flue/agents/a.ts': AGENT, '.flue/sandboxes/e2b.ts': '' },
	'src/': { 'src/agents/a.ts': AGENT },
	'src/ without a folder for agents': { 'src/helper.ts': AGENT },
	'the root': { 'agents/a.ts': AGENT },
	'the root, with an app in src/': { 'workflows/w.ts': AGENT, 'src/index.ts': '' },
	'the root, deep down': { 'lib/bots/helper.mts': AGENT },
	'the root, with sandboxes/': { 'agents/a.ts': AGENT, 'sandboxes/e2b.ts': '' },
	'nothing yet': {},
};

describe.each(Object.keys(MODELS) as Version[])(
	'@flue/runtime %s finds its agents as before, once the connector is there,',
	(version) => {
		it.each(Object.entries(LAYOUTS))('in %s', async (_, files) => {
			for (const declared of [version, undefined]) {
				const manifest = declared === undefined ? {} : flueManifest(declared);
				const root = temporaryFolder({ 'package.json': manifest, ...files });
				const before = MODELS[version](root);
				const { connectorPath } = await inspect(root);
				writeFiles(root, { [connectorPath.value]: '' });
				expect(MODELS[version](root)).toEqual(before);
			}
		});

		it.each(Object.entries(LAYOUTS))('where --path puts it, if it is not refused, in %s', async (_, files) => {
			const before = MODELS[version](temporaryFolder({ ...files })).map((path) =>
				path.split(/[\\/]/).slice(-2).join('/'),
			);
			const outcomes = await Promise.all(
				['.flue/connectors/daytona.ts', 'src/connectors/daytona.ts', 'connectors/daytona.ts', 'lib/daytona.ts'].map(
					async (path) => {
						const root = temporaryFolder({ 'package.json': flueManifest(version), ...files });
						const project = await inspect(root, { path }).catch(() => undefined);
						if (project !== undefined) writeFiles(root, { [path]: '' });
						return {
							placed: project !== undefined,
							agents: MODELS[version](root).map((agent) => agent.split(/[\\/]/).slice(-2).join('/')),
						};
					},
				),
			);
			expect(outcomes.map(({ agents }) => agents)).toEqual(outcomes.map(() => before));
			expect(outcomes.slice(2).every(({ placed }) => placed)).toBe(true);
		});
	},
);
