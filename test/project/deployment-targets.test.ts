import { describe, expect, it } from 'vitest';
import { flueManifest, inspect } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

async function targets(files: Files): Promise<string[]> {
	const project = await inspect(temporaryFolder({ 'package.json': flueManifest('2.1.0'), ...files }));
	return project.targets.map(({ value, from }) => `${value} (${from})`);
}

const VITE_PLUGIN = "import { cloudflare } from '@cloudflare/vite-plugin';\n";

describe('a target is known from', () => {
	it.each<[string, Files, string[]]>([
		[
			'flue.config.ts',
			{ 'flue.config.ts': "export default { target: 'cloudflare' };" },
			['cloudflare (flue.config.ts)'],
		],
		['one in double quotes', { 'flue.config.mjs': 'export default { "target" : "node" }' }, ['node (flue.config.mjs)']],
		[
			'an expression that chooses',
			{ 'flue.config.js': "export default { target: process.env.CI ? 'node' : 'cloudflare', root: 'x' };" },
			['cloudflare (flue.config.js)', 'node (flue.config.js)'],
		],
		['the Vite plugin', { 'vite.config.mts': VITE_PLUGIN }, ['cloudflare (vite.config.mts)']],
		[
			"the Vite plugin of Flue's own",
			{ 'vite.config.ts': `${VITE_PLUGIN}export default { plugins: [flue({ target: 'node' }), cloudflare()] };` },
			['node (vite.config.ts)', 'cloudflare (vite.config.ts)'],
		],
		[
			'an alchemy file',
			{ 'alchemy.run.ts': "import { Worker } from 'alchemy/cloudflare';" },
			['cloudflare (alchemy.run.ts)'],
		],
		[
			'scripts',
			{
				'package.json': flueManifest('1.0.0-beta.9', {
					scripts: { dev: 'FOO=1 flue dev --target cloudflare', test: 'vitest' },
				}),
			},
			['cloudflare (package.json)'],
		],
		[
			'the first place that says it, and both where two say different ones',
			{ 'wrangler.toml': '', 'vite.config.ts': VITE_PLUGIN, 'flue.config.ts': "export default { target: 'node' };" },
			['cloudflare (wrangler.toml)', 'node (flue.config.ts)'],
		],
	])('%s', async (_, files, expected) => {
		expect(await targets(files)).toEqual(expected);
	});

	it.each<[string, Files]>([
		['a comment', { 'flue.config.ts': "// target: 'cloudflare'\n/* target: 'node' */ export default {};" }],
		[
			"what is Vite's own",
			{ 'vite.config.ts': "export default { build: { target: 'node' }, ssr: { target: 'node' } };" },
		],
		['an alchemy file for something else', { 'alchemy.run.ts': "import aws from 'alchemy/aws';" }],
		['a folder of that name', { 'wrangler.toml/a': '' }],
		[
			'scripts of other programs',
			{ 'package.json': flueManifest('2.1.0', { scripts: { build: 'esbuild --target=node' } }) },
		],
	])('not from %s', async (_, files) => {
		expect(await targets(files)).toEqual([]);
	});

	it('a configuration, which is not run', async () => {
		const text = "process.exit(1); export default { target: 'cloudflare' };";
		expect(await targets({ 'flue.config.ts': text })).toEqual(['cloudflare (flue.config.ts)']);
	});
});
