import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { startDaytona } from '../support/daytona.ts';
import { flue, plainEnv } from '../support/flue.ts';
import { newerNode } from '../support/node.ts';
import { installedPackages, PI_PACKAGES } from '../support/packages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { linkPackages, STRICT_OPTIONS, typeCheck } from '../support/type-check.ts';

/** What a user's agent does with the sandbox, without an agent: Flue's own session environment over our connector. */
const DRIVE = `import { Daytona } from '@daytona/sdk';
import { daytona } from './.flue/connectors/daytona.ts';

const client = new Daytona({ apiKey: process.env.DAYTONA_API_KEY, apiUrl: process.env.DAYTONA_API_URL, useDeprecatedPolling: true });
const sandbox = await client.create();
const env = await daytona(sandbox).createSessionEnv({ id: 'one' });
const result: Record<string, unknown> = {};
result.uname = await env.exec('uname -a');
await env.writeFile('notes/today.txt', 'hello\\n');
result.read = await env.readFile('notes/today.txt');
const { isFile, isDirectory, isSymbolicLink, size, mtime } = await env.stat('notes/today.txt');
result.stat = { isFile, isDirectory, isSymbolicLink, size, isRecent: Math.abs(Date.now() - mtime.getTime()) < 600_000 };
result.list = await env.readdir('notes');
await env.rm('notes', { recursive: true });
result.gone = await env.exists('notes/today.txt');
result.deadline = await env.exec('echo started; sleep 30', { timeout: 1 });
console.log(JSON.stringify(result));
process.exit();
`;

test(
	'a project with Flue 0.8.1 gets a connector that compiles strictly and runs in a Daytona sandbox',
	{ timeout: 300_000 },
	async () => {
		const packages = await installedPackages({ '@flue/runtime': '0.8.1', ...PI_PACKAGES });
		const sdk = await installedPackages({ '@daytona/sdk': '0.216.0' });
		const types = await installedPackages({ '@types/node': '22.19.1' });
		const cwd = temporaryFolder({
			'package.json': {
				name: 'bot',
				private: true,
				type: 'module',
				dependencies: { '@flue/runtime': '0.8.1', '@daytona/sdk': '0.216.0' },
			},
			'tsconfig.json': {
				compilerOptions: {
					...STRICT_OPTIONS,
					lib: ['es2023'],
					types: ['node'],
					module: 'preserve',
					allowImportingTsExtensions: true,
				},
				include: ['.flue/**/*', 'drive.ts'],
			},
			'.flue/agents/.keep': '',
		});
		linkPackages(cwd, {
			'@flue/runtime': join(packages, 'node_modules/@flue/runtime'),
			'@daytona/sdk': join(sdk, 'node_modules/@daytona/sdk'),
			'@types/node': join(types, 'node_modules/@types/node'),
		});
		expect(await flue(['add', 'daytona', '--write'], { cwd })).toMatchObject({ exitCode: 0 });
		expect(await typeCheck(join(cwd, 'tsconfig.json'), '5.9.3')).toBe('');

		const daytona = await startDaytona();
		onTestFinished(() => daytona.close());
		writeFileSync(join(cwd, 'drive.ts'), DRIVE);
		const env = plainEnv({ DAYTONA_API_KEY: daytona.apiKey, DAYTONA_API_URL: daytona.apiUrl });
		const { stdout } = await execa(await newerNode(), ['drive.ts'], { cwd, env, extendEnv: false, stdin: 'ignore' });

		expect(JSON.parse(stdout)).toEqual({
			uname: { stdout: expect.stringContaining('Linux'), stderr: '', exitCode: 0 },
			read: 'hello\n',
			stat: { isFile: true, isDirectory: false, isSymbolicLink: false, size: 6, isRecent: true },
			list: ['today.txt'],
			gone: false,
			deadline: { stdout: 'started\n', stderr: expect.stringContaining('deadline'), exitCode: 124 },
		});
		expect(daytona.sandboxes.all.map(({ state }) => state)).toEqual(['started']);
	},
);
