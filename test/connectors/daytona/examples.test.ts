import { describe, expect, it } from 'vitest';
import { type ExampleName, EXAMPLES } from '../../../src/connectors/daytona/examples.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../../src/ecosystem/flue-runtimes.ts';

function profile(since: string): RuntimeProfile {
	return RUNTIME_PROFILES.find((row) => row.since === since)!;
}

function example(name: ExampleName) {
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
	const place = { sourceDir: '.flue', envFile: '.env' } as const;

	it.each([
		['0.6.0', 'flue run hello-daytona --target node --id hello-daytona-1 --env .env'],
		['0.8.0', 'flue run hello-daytona --target node --env .env'],
		['0.9.0', 'flue run hello-daytona --target node'],
		['1.0.0-beta.3', 'flue run hello-daytona --target node'],
		['2.0.2', 'flue run .flue/agents/hello-daytona.ts -m Which Linux is this?'],
	])('run the basic example in Flue %s', (since, words) => {
		expect(example('basic').commands(profile(since), place).run.join(' ')).toBe(words);
	});

	it.each([
		['0.6.0', '--payload', { repo: expect.any(String), prompt: expect.any(String) }],
		['0.8.0', '--payload', { repo: expect.any(String), prompt: expect.any(String) }],
		['1.0.0-beta.3', '--input', { repo: expect.any(String), prompt: expect.any(String) }],
		['2.0.2', '--data', { repo: expect.any(String) }],
	])('give the coding agent of Flue %s its repository with %s', (since, option, input) => {
		const { run } = example('coding-agent').commands(profile(since), place);
		expect(JSON.parse(run[run.indexOf(option) + 1] ?? '')).toEqual(input);
	});

	it('name the module from the package root, also without a source directory', () => {
		const { run } = example('coding-agent').commands(profile('2.0.2'), { ...place, sourceDir: '.' });
		expect(run).toContain('agents/code.ts');
	});

	it('name the env file that the project has, where flue does not read it by itself', () => {
		const { dev, run } = example('basic').commands(profile('0.6.0'), { ...place, envFile: '.env.local' });
		expect(dev?.join(' ')).toBe('flue dev --target node --env .env.local');
		expect(run.slice(-2)).toEqual(['--env', '.env.local']);
	});

	it('leave dev out in 2.x, whose agents an app serves', () => {
		expect(example('basic').commands(profile('2.0.2'), place).dev).toBeUndefined();
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
