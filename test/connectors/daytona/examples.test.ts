import { describe, expect, it } from 'vitest';
import { type ExampleTarget, EXAMPLES } from '../../../src/connectors/daytona/examples.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../../src/ecosystem/flue-runtimes.ts';

type Example = (typeof EXAMPLES)[number];

function profile(since: string): RuntimeProfile {
	return RUNTIME_PROFILES.find((row) => row.since === since)!;
}

function example(name: Example['name']) {
	return EXAMPLES.find((candidate) => candidate.name === name)!;
}

const connectorImport = '../connectors/daytona';

describe.each(EXAMPLES)('the example "$name"', (shown) => {
	it.each(['0.6.0', '0.8.0', '1.0.0-beta.3', '2.0.0', '2.0.2'])('reads as reviewed for Flue %s', async (since) => {
		const path = `../../golden/examples/${since}/${shown.path(profile(since))}`;
		await expect(shown.content(profile(since), { connectorImport })).toMatchFileSnapshot(path);
	});

	it.each(['0.9.0', '1.0.0-beta.1'])('is the same for Flue %s as for 0.8.0', (since) => {
		expect(shown.content(profile(since), { connectorImport })).toBe(
			shown.content(profile('0.8.0'), { connectorImport }),
		);
	});

	it.each(RUNTIME_PROFILES)('imports the connector as the project wants it, for Flue $since', (row) => {
		const content = shown.content(row, { connectorImport: '../sandboxes/daytona.js' });
		expect(content).toContain("import { daytona } from '../sandboxes/daytona.js';");
	});
});

describe('the commands', () => {
	const place = { sourceDir: '.flue', envFile: undefined } as const;
	const commands = (
		name: Example['name'],
		since: string,
		target: ExampleTarget,
		at: Parameters<Example['commands']>[2] = place,
	) =>
		Object.fromEntries(
			example(name)
				.commands(profile(since), target, at)
				.map(({ does, words }) => [does, words]),
		);
	const line = (words: readonly string[] | undefined) => words?.join(' ');

	it.each([
		['0.6.0', 'flue run hello-daytona --target node --id hello-daytona-1'],
		['0.8.0', 'flue run hello-daytona --target node'],
		['0.9.0', 'flue run hello-daytona --target node'],
		['1.0.0-beta.3', 'flue run hello-daytona --target node'],
		['2.0.2', 'flue run .flue/agents/hello-daytona.ts -m Which Linux is this?'],
	])('run the basic example in Flue %s on Node', (since, words) => {
		expect(line(commands('basic', since, 'node')['run'])).toBe(words);
	});

	it.each([
		['0.6.0', 'flue dev --target cloudflare', undefined],
		['0.11.1', 'flue dev --target cloudflare', undefined],
		['1.0.0-beta.1', 'flue dev --target cloudflare', undefined],
		['1.0.0-beta.3', 'flue dev --target cloudflare', 'flue run hello-daytona --target cloudflare'],
		['2.0.2', 'vite dev', 'flue run .flue/agents/hello-daytona.ts -m Which Linux is this? --env .dev.vars'],
	])('serve and run it in Flue %s on Cloudflare', (since, serve, run) => {
		const found = commands('basic', since === '0.11.1' ? '0.9.0' : since, 'cloudflare', {
			...place,
			envFile: '.dev.vars',
		});
		expect([line(found['serve']), line(found['run'])]).toEqual([serve, run]);
	});

	it.each([
		['0.6.0', '--payload', { repo: expect.any(String), prompt: expect.any(String) }],
		['0.8.0', '--payload', { repo: expect.any(String), prompt: expect.any(String) }],
		['1.0.0-beta.3', '--input', { repo: expect.any(String), prompt: expect.any(String) }],
		['2.0.2', '--data', { repo: expect.any(String) }],
	])('give the coding agent of Flue %s its repository with %s', (since, option, input) => {
		const run = commands('coding-agent', since, 'node')['run'] ?? [];
		expect(JSON.parse(run[run.indexOf(option) + 1] ?? '')).toEqual(input);
	});

	it('name the module from the package root, also without a source directory', () => {
		expect(commands('coding-agent', '2.0.2', 'node', { ...place, sourceDir: '.' })['run']).toContain('agents/code.ts');
	});

	it('name the env file that the project has, where flue does not read it by itself', () => {
		const { serve, run } = commands('basic', '0.6.0', 'node', { ...place, envFile: '.env.local' });
		expect(line(serve)).toBe('flue dev --target node --env .env.local');
		expect(run?.slice(-2)).toEqual(['--env', '.env.local']);
	});

	it('leave dev out in 2.x on Node, whose agents an app serves', () => {
		expect(commands('basic', '2.0.2', 'node')['serve']).toBeUndefined();
	});
});

it('a package that an example imports is named, except those that every connector needs', () => {
	for (const row of RUNTIME_PROFILES) {
		for (const shown of EXAMPLES) {
			const imported = [...shown.content(row, { connectorImport }).matchAll(/from '([^.'][^']*)'/g)].map(
				(match) => match[1],
			);
			const named = shown.packages(row).map(({ name }) => name);
			expect(imported.toSorted()).toEqual(['@daytona/sdk', '@flue/runtime', ...named].toSorted());
		}
	}
});
