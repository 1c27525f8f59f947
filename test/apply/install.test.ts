import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { install } from '../../src/apply/install.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

type InstallOptions = Parameters<typeof install>[0];

const MANIFEST = '{\r\n   "name": "mine",  "dependencies": {}\r\n}';

interface Scene {
	readonly bin: string;
	readonly cwd: string;
	readonly options: InstallOptions;
}

/** A package and a fake manager that does what `script` says. */
function scene(
	script: string,
	{
		manager = 'npm',
		files = {} as Files,
		...options
	}: Partial<InstallOptions> & { manager?: string; files?: Files } = {},
): Scene {
	const bin = temporaryFolder();
	const cwd = temporaryFolder({ 'package.json': MANIFEST, ...files });
	fakeManager(bin, manager, script);
	return {
		bin,
		cwd,
		options: {
			command: { name: manager, args: ['install', 'is-number@^7.0.0'] },
			packages: [{ name: 'is-number', range: '^7.0.0' }],
			cwd,
			importer: join(cwd, '.flue/connectors/daytona.ts'),
			folders: [cwd],
			env: { PATH: bin },
			signal: new AbortController().signal,
			say: () => {},
			...options,
		},
	};
}

function readTree(folder: string): Record<string, string> {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
	return Object.fromEntries(
		files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]),
	);
}

async function waitFor(isThere: () => boolean): Promise<void> {
	while (!isThere()) await sleep(20);
}

describe('what is asked of the manager', () => {
	it('runs exactly the command, in the package that declares the dependency, with nothing to read', async () => {
		const { bin, cwd, options } = scene(`declare('is-number', '^7.0.0');`);
		expect(await install(options)).toMatchObject({ status: 'installed', notes: [] });
		expect(readCalls(bin, 'npm')).toMatchObject([{ args: ['install', 'is-number@^7.0.0'], cwd, stdin: '' }]);
	});

	it('hands its environment on, without what would change the install', async () => {
		const env = {
			HOME: '/home/me',
			HTTPS_PROXY: 'http://proxy.example',
			npm_config_registry: 'https://registry.example',
			NODE_ENV: 'production',
			CI: 'true',
			npm_config_workspace: 'other',
			npm_config_global: 'true',
			npm_config_dry_run: 'true',
		};
		const { bin, options } = scene(`declare('is-number', '^7.0.0');`);
		await install({ ...options, env: { ...env, PATH: bin } });
		const seen = readCalls(bin, 'npm')[0]?.env ?? {};
		expect(Object.keys(env).filter((name) => name in seen)).toEqual(['HOME', 'HTTPS_PROXY', 'npm_config_registry']);
		expect(seen).toMatchObject({ COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', COREPACK_ENABLE_AUTO_PIN: '0' });
	});

	it('passes a range on as one word, whatever a shell would make of it', async () => {
		const range = '>=7.0.0 <8 || $(touch owned) ; `id` & "x" ^7';
		const { bin, cwd, options } = scene(`declare('is-number', '^7.0.0');`);
		await install({ ...options, command: { name: 'npm', args: ['install', `is-number@${range}`] } });
		expect(readCalls(bin, 'npm')[0]?.args).toEqual(['install', `is-number@${range}`]);
		expect(existsSync(join(cwd, 'owned'))).toBe(false);
	});
});

describe('when an install fails', () => {
	it('leaves every file to the manager, and names those that it changed', async () => {
		const files = {
			'.npmrc': 'save-exact=true',
			'.yarn/cache/old-1.0.0.zip': 'old',
			'pnpm-lock.yaml': 'old',
			'other.txt': '',
		};
		const { cwd, options } = scene(
			`fs.writeFileSync('package.json', 'spoilt'); fs.writeFileSync('package-lock.json', 'new');
			fs.rmSync('.yarn/cache/old-1.0.0.zip'); fs.rmSync('pnpm-lock.yaml'); fs.writeFileSync('other.txt', 'mine'); process.exit(1);`,
			{ files },
		);
		const changed = ['package.json', 'package-lock.json', 'pnpm-lock.yaml', '.yarn/cache'].map((name) =>
			join(cwd, name),
		);
		const result = await install(options);
		expect(result).toMatchObject({ status: 'failed', message: 'npm ended with exit code 1.' });
		expect(result.changed.toSorted()).toEqual(changed.toSorted());
		expect(readTree(cwd)).toEqual({
			[join(cwd, 'package.json')]: 'spoilt',
			[join(cwd, 'package-lock.json')]: 'new',
			[join(cwd, '.npmrc')]: 'save-exact=true',
			[join(cwd, 'other.txt')]: 'mine',
		});
	});

	it('names the files of the workspace root too', async () => {
		const root = temporaryFolder({
			'package.json': { workspaces: ['app'] },
			'package-lock.json': 'old',
			'app/package.json': MANIFEST,
		});
		const cwd = join(root, 'app');
		const { options } = scene(`fs.writeFileSync('../package-lock.json', 'new'); process.exit(1);`);
		const result = await install({ ...options, cwd, folders: [cwd, root] });
		expect(result.changed).toEqual([join(root, 'package-lock.json')]);
	});

	it('names nothing that was only written again, or is none of its files', async () => {
		const { options } = scene(
			`fs.writeFileSync('yarn.lock', 'same'); fs.mkdirSync('node_modules'); fs.writeFileSync('README.md', ''); process.exit(1);`,
			{ files: { 'yarn.lock': 'same' } },
		);
		expect(await install(options)).toMatchObject({ status: 'failed', changed: [] });
	});

	it('does not believe an exit code of 0 when the package is not in package.json', async () => {
		const { options } = scene('');
		expect(await install(options)).toMatchObject({
			status: 'failed',
			message: 'npm ended with exit code 0, but is-number ^7.0.0 is not in package.json.',
		});
	});

	it('does not believe it either when another version is declared', async () => {
		const { options } = scene(`declare('is-number', '^6.0.0');`);
		expect(await install(options)).toMatchObject({ status: 'failed' });
	});

	it.each(['^7.0.0', '7.0.0', '~7.0.0', 'catalog:', 'workspace:^'])(
		"accepts the manager's own way to declare it (%s)",
		async (range) => {
			const { options } = scene(`declare('is-number', ${JSON.stringify(range)});`);
			expect(await install(options)).toMatchObject({ status: 'installed' });
		},
	);

	it('does not believe it when the manifest is in pieces', async () => {
		const { options } = scene(`fs.writeFileSync('package.json', '{"depend');`);
		expect(await install(options)).toMatchObject({ status: 'failed' });
	});

	it.each([
		['', 'Look for a setting of npm'],
		['registry=https://registry.example/\npackage-lock-only = true\n', '.npmrc sets package-lock-only'],
	])(
		'does not believe it when the package is declared and not there, and says which setting may do that (%j)',
		async (npmrc, advice) => {
			const { cwd, options } = scene(
				`declare('is-number', '^7.0.0'); fs.rmSync('node_modules', { recursive: true });`,
				{
					files: { '.npmrc': npmrc },
				},
			);
			expect(await install(options)).toMatchObject({
				status: 'failed',
				message: 'npm ended with exit code 0, but is-number is not installed.',
				advice: expect.stringContaining(advice),
				again: false,
				changed: [join(cwd, 'package.json')],
			});
		},
	);

	it("finds the package by Yarn's map", async () => {
		const pnp = `fs.writeFileSync('.pnp.cjs', '["is-number", ["npm:7.0.0"]]');`;
		const { options } = scene(`declare('is-number', '^7.0.0'); fs.rmSync('node_modules', { recursive: true }); ${pnp}`);
		expect(await install(options)).toMatchObject({ status: 'installed' });
	});

	it('says how the manager ended', async () => {
		expect(await install(scene('process.exit(7);').options)).toMatchObject({ message: 'npm ended with exit code 7.' });
		expect(await install(scene(`process.kill(process.pid, 'SIGKILL');`).options)).toMatchObject({
			message: 'npm was ended by SIGKILL.',
		});
	});

	it('says that the manager is not there', async () => {
		const { bin, options } = scene('');
		const result = await install({ ...options, command: { name: 'bun', args: ['add', 'x'] }, env: { PATH: bin } });
		expect(result).toMatchObject({ status: 'failed', message: 'bun could not be started (not on PATH).' });
	});

	it('survives a manager that says more than memory holds, and shows the end of it', async () => {
		const flood = `
			const block = Buffer.alloc(1024 * 1024, 'flood ');
			for (let i = 0; i < 256; i++) fs.writeSync(1, block);
			fs.writeSync(2, '\\nthe last word\\n');
			process.exit(1);`;
		const { options } = scene(flood);
		const before = process.memoryUsage().rss;
		const result = await install(options);
		expect(result).toMatchObject({ status: 'failed', output: expect.arrayContaining(['the last word']) });
		expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
	});

	it('shows nothing that could take over the terminal', async () => {
		const { options } = scene(
			`fs.writeSync(2, '\\x1b[31mred\\x1b[0m\\x1b]0;title\\x07 \\u202eturned\\x9b1m\\rprogress\\rdone\\x00\\n'); process.exit(1);`,
		);
		expect(await install(options)).toMatchObject({ output: ['done'] });
	});
});

describe('when it takes long', () => {
	it('says so once, after a silence', async () => {
		const stalls: string[] = [];
		const { options } = scene(
			`setTimeout(() => console.log('a word'), 700); setTimeout(() => declare('is-number', '^7.0.0'), 1500);`,
			{
				stallAfter: 100,
				say: (line) => stalls.push(line),
			},
		);
		expect(await install(options)).toMatchObject({ status: 'installed' });
		expect(stalls).toEqual(['npm has been silent for 30 seconds. Ctrl-C stops it.']);
	});

	it('does not say so while the manager speaks', async () => {
		const stalls: string[] = [];
		const speak = `let i = 0; const timer = setInterval(() => { console.log('word'); if (++i === 50) { clearInterval(timer); declare('is-number', '^7.0.0'); } }, 100);`;
		const { options } = scene(speak, { stallAfter: 4000, say: (line) => stalls.push(line) });
		expect(await install(options)).toMatchObject({ status: 'installed' });
		expect(stalls).toEqual([]);
	});

	it('does not wait for a program that the manager left running', async () => {
		const daemon = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'inherit' }).unref();
			fs.writeFileSync('daemon', String(process.pid)); declare('is-number', '^7.0.0'); process.exit(0);`;
		const { cwd, options } = scene(daemon);
		expect(await install(options)).toMatchObject({ status: 'installed' });
		process.kill(-Number(readFileSync(join(cwd, 'daemon'), 'utf8')), 'SIGKILL');
	});
});

describe('when the user cancels', () => {
	/** The manager and a program that it started; both note when they live, and neither minds SIGTERM. */
	const STUBBORN = `
		const { spawn } = require('node:child_process');
		const child = 'process.on("SIGTERM", () => {}); require("node:fs").writeFileSync("child", ""); ' +
			'setInterval(() => require("node:fs").writeFileSync("yarn.lock", String(Date.now())), 20)';
		spawn(process.execPath, ['-e', child], { stdio: 'ignore' });
		process.on('SIGTERM', () => {});
		fs.writeFileSync('package.json', 'half');
		setInterval(() => {}, 1000);`;

	it('ends the manager with all that it started, says so at once, and names what is changed', async () => {
		const cancel = new AbortController();
		const said: string[] = [];
		const say = (line: string) => said.push(line);
		const { cwd, options } = scene(STUBBORN, {
			signal: cancel.signal,
			killAfter: 200,
			say,
			files: { 'yarn.lock': 'old' },
		});
		const installing = install(options);
		await waitFor(() => existsSync(join(cwd, 'child')));
		cancel.abort();
		expect(said).toEqual(['Stopping npm...']);
		expect(await installing).toEqual({
			status: 'cancelled',
			changed: [join(cwd, 'package.json'), join(cwd, 'yarn.lock')],
		});
		const left = readFileSync(join(cwd, 'yarn.lock'), 'utf8');
		await sleep(300);
		expect(readFileSync(join(cwd, 'yarn.lock'), 'utf8')).toBe(left);
	});

	it('lets a manager that heeds SIGTERM tidy up', async () => {
		const cancel = new AbortController();
		const tidy = `process.on('SIGTERM', () => setTimeout(() => { fs.writeFileSync('tidied', ''); process.exit(1); }, 300)); setInterval(() => {}, 1000); fs.writeFileSync('ready', '');`;
		const { cwd, options } = scene(tidy, { signal: cancel.signal, killAfter: 30_000 });
		const installing = install(options);
		await waitFor(() => existsSync(join(cwd, 'ready')));
		cancel.abort();
		expect(await installing).toMatchObject({ status: 'cancelled' });
		expect(existsSync(join(cwd, 'tidied'))).toBe(true);
	});

	it('starts nothing when it is already cancelled', async () => {
		const { bin, options } = scene('', { signal: AbortSignal.abort() });
		expect(await install(options)).toEqual({ status: 'cancelled', changed: [] });
		expect(readCalls(bin, 'npm')).toEqual([]);
	});
});
