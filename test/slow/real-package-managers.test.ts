import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { install } from '../../src/apply/install.ts';
import { installCommand, type PackageManager, runBin, runPackage } from '../../src/ecosystem/package-managers.ts';
import { type PackageSpec, specOf } from '../../src/plan/packages.ts';
import { findPackageManager } from '../../src/project/find-package-manager.ts';
import { managerEnv, REAL_MANAGERS, type RealManagerKey, registryEnv } from '../support/real-managers.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const KEYS = Object.keys(REAL_MANAGERS) as RealManagerKey[];

const SMALL: PackageSpec = { name: 'is-number', range: '^7.0.0' };

const WORKSPACE: Files = {
	'package.json': { name: 'root', private: true, workspaces: ['app', 'lib'] },
	'app/package.json': { name: 'app', version: '1.0.0' },
	'lib/package.json': { name: 'lib', version: '1.0.0' },
};

const LAYOUTS = {
	'a package': { files: { 'package.json': { name: 'mine', version: '1.0.0' } }, at: '' },
	'a workspace member': { files: WORKSPACE, at: 'app' },
	'a workspace root': { files: WORKSPACE, at: '' },
} as const satisfies Record<string, { files: Files; at: string }>;

type Layout = keyof typeof LAYOUTS;

/** What a project of this manager has before the first install. */
function projectFiles(key: RealManagerKey, layout: Layout): Files {
	const isWorkspace = layout !== 'a package';
	const pnpm = isWorkspace ? { 'pnpm-workspace.yaml': 'packages:\n  - app\n  - lib\n' } : {};
	const yarn = { 'yarn.lock': '', ...(key === 'yarn 4' ? { '.yarnrc.yml': 'enableGlobalCache: true\n' } : {}) };
	return { ...LAYOUTS[layout].files, ...(key.startsWith('pnpm') ? pnpm : {}), ...(key.startsWith('yarn') ? yarn : {}) };
}

function toManager(key: RealManagerKey): PackageManager {
	const { name, yarn } = { yarn: undefined, ...REAL_MANAGERS[key] };
	return { name, yarn, from: 'a test' };
}

interface Project {
	readonly root: string;
	readonly cwd: string;
	readonly env: NodeJS.ProcessEnv;
}

async function project(key: RealManagerKey, layout: Layout): Promise<Project> {
	const root = temporaryFolder(projectFiles(key, layout));
	return { root, cwd: join(root, LAYOUTS[layout].at), env: await managerEnv(key) };
}

function installHere(key: RealManagerKey, { root, cwd, env }: Project, packages: readonly PackageSpec[]) {
	return install({
		command: installCommand(toManager(key), packages.map(specOf)),
		packages,
		cwd,
		importer: join(cwd, '.flue/connectors/daytona.ts'),
		folders: [...new Set([cwd, root])],
		env: { ...env, CI: 'true', NODE_ENV: 'production' },
		signal: new AbortController().signal,
		say: () => {},
	});
}

/** Every file outside node_modules. */
function readProject(root: string): Record<string, string> {
	const files = readdirSync(root, { recursive: true, withFileTypes: true })
		.filter((entry) => !entry.isDirectory())
		.map(({ parentPath, name }) => relative(root, join(parentPath, name)))
		.filter((path) => !path.split(sep).includes('node_modules'));
	return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'latin1')]));
}

/** From a module in the folder that the connector's file would be in, and as Node sees it there. */
async function resolveFrom(key: RealManagerKey, { cwd, env }: Project, name: string): Promise<string> {
	const program = key === 'yarn 4' ? ['yarn', 'node'] : ['node'];
	const [file = '', ...args] = [
		...program,
		'-p',
		`require('node:module').createRequire(process.cwd() + '/.flue/connectors/x.js').resolve('${name}')`,
	];
	const { stdout } = await execa(file, args, { cwd, env, extendEnv: false, stdin: 'ignore' });
	return stdout;
}

describe.each(KEYS)('the real %s', (key) => {
	it.each(Object.keys(LAYOUTS) as Layout[])('installs in %s, and only there', async (layout) => {
		const here = await project(key, layout);
		const before = readProject(here.root);
		expect(await installHere(key, here, [SMALL])).toMatchObject({ status: 'installed', notes: [] });

		const after = readProject(here.root);
		const manifest = join(LAYOUTS[layout].at, 'package.json');
		expect(JSON.parse(after[manifest] ?? '')).toMatchObject({ dependencies: { 'is-number': '^7.0.0' } });
		expect(after[REAL_MANAGERS[key].lockfile]).toContain('is-number');
		expect(await resolveFrom(key, here, 'is-number')).toContain('is-number');
		const others = Object.keys(before).filter((path) => path.endsWith('package.json') && path !== manifest);
		for (const path of others) expect(after[path]).toBe(before[path]);
	});

	it('is recognised by what it leaves, and a failed install leaves what it leaves by itself', async () => {
		const here = await project(key, 'a workspace member');
		await installHere(key, here, [SMALL]);
		const search = {
			workspaceRoot: here.root,
			top: here.root,
			runtime: undefined,
			option: undefined,
			userAgent: undefined,
		};
		const { name, yarn } = toManager(key);
		expect(await findPackageManager({ packageRoot: here.cwd, ...search })).toMatchObject({
			status: 'found',
			manager: { name, yarn },
		});

		const twin = temporaryFolder();
		cpSync(here.root, twin, { recursive: true, verbatimSymlinks: true });
		const missing = { name: 'is-odd', range: '^99.0.0' };
		const before = readProject(here.root);
		const result = await installHere(key, here, [missing]);
		expect(result).toMatchObject({ status: 'failed', reason: 'not-found' });
		const { name: program, args } = installCommand(toManager(key), [specOf(missing)]);
		const cwd = join(twin, 'app');
		await execa(program, args, { cwd, env: here.env, extendEnv: false, stdin: 'ignore', reject: false });
		const after = readProject(here.root);
		expect(after).toEqual(readProject(twin));
		const differing = Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
		expect(result.changed.map((path) => relative(here.root, path)).toSorted()).toEqual(differing.toSorted());
	});

	it('installs the SDK of Daytona, whose install scripts it may leave alone', async () => {
		const here = await project(key, 'a workspace member');
		const result = await installHere(key, here, [{ name: '@daytona/sdk', range: '^0.216.0' }]);
		expect(result).toMatchObject({ status: 'installed' });
		if (key.startsWith('pnpm'))
			expect(result).toMatchObject({ notes: [expect.stringMatching(/protobufjs@.*pnpm approve-builds/)] });
		expect(await resolveFrom(key, here, '@daytona/sdk')).toContain('daytona');
	});

	it('is ended by a cancel, and what it left changed is named', async () => {
		const here = await project(key, 'a package');
		const before = readProject(here.root);
		const cancel = new AbortController();
		const said: string[] = [];
		const installing = install({
			command: installCommand(toManager(key), ['@daytona/sdk@^0.216.0']),
			packages: [],
			cwd: here.cwd,
			importer: join(here.cwd, '.flue/connectors/daytona.ts'),
			folders: [here.root],
			env: here.env,
			signal: cancel.signal,
			say: (line) => said.push(line),
		});
		setTimeout(() => cancel.abort(), 700);
		const result = await installing;
		if (result.status === 'cancelled') expect(said).toEqual([`Stopping ${REAL_MANAGERS[key].name}...`]);
		const after = readProject(here.root);
		const differing = Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
		const named = new Set(result.changed.map((path) => relative(here.root, path)));
		expect(differing.filter((path) => !path.startsWith('.yarn/') && !named.has(path))).toEqual([]);
	});

	it('says that there is no network', async () => {
		const here = await project(key, 'a package');
		const offline = {
			...registryEnv('http://127.0.0.1:9/'),
			npm_config_fetch_retries: '0',
			pnpm_config_fetch_retries: '0',
			YARN_HTTP_RETRY: '0',
			YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
		};
		const before = readProject(here.root);
		const result = await installHere(key, { ...here, env: { ...here.env, ...offline } }, [
			{ name: 'flue-test-nowhere', range: '^1.0.0' },
		]);
		expect(result).toMatchObject({ status: 'failed', reason: 'no-network' });
		expect(readProject(here.root)).toEqual(before);
	});

	it('runs the bins of the project and of a package that it fetches', async () => {
		const here = await project(key, 'a package');
		await installHere(key, here, [{ name: 'which', range: '^4.0.0' }]);
		const manager = toManager(key);
		for (const command of [runBin(manager, 'node-which', ['node']), runPackage(manager, 'which@5.0.0', ['node'])]) {
			const env = {
				...(await managerEnv('npm')),
				...here.env,
				PATH: `${here.env['PATH']}:${(await managerEnv('npm'))['PATH']}`,
			};
			const { stdout } = await execa(command.name, command.args, {
				cwd: here.cwd,
				env,
				extendEnv: false,
				stdin: 'ignore',
			});
			expect(stdout).toMatch(/\/node$/m);
		}
	});
});

it('says that a configuration freezes the lockfile, and leaves it frozen', async () => {
	const here = await project('bun', 'a package');
	await installHere('bun', here, [SMALL]);
	writeFiles(here.root, { 'bunfig.toml': '[install]\nfrozenLockfile = true\n' });
	const before = readProject(here.root);
	expect(await installHere('bun', here, [{ name: 'which', range: '^4.0.0' }])).toMatchObject({
		status: 'failed',
		reason: 'frozen-lockfile',
	});
	expect(readProject(here.root)).toEqual(before);
});

it('says that another pnpm made node_modules, and leaves the project as it was', async () => {
	const here = await project('pnpm 10', 'a package');
	await installHere('pnpm 10', here, [SMALL]);
	const before = readProject(here.root);
	const newer = { ...here, env: await managerEnv('pnpm 12') };
	expect(await installHere('pnpm 12', newer, [{ name: 'which', range: '^4.0.0' }])).toMatchObject({
		status: 'failed',
		reason: 'other-modules',
	});
	expect(readProject(here.root)).toEqual(before);
});
