import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { PackageManager } from '../../src/ecosystem/package-managers.ts';
import { findExecutable } from '../../src/system/find-executable.ts';
import { installedPackages } from './packages.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface RealManager {
	readonly name: PackageManager['name'];
	readonly yarn?: PackageManager['yarn'];
	/** The package of npm that holds it; undefined for the npm that came with Node. */
	readonly package?: Readonly<Record<string, string>>;
	readonly lockfile: string;
}

const BUN = `@oven/bun-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;

export const REAL_MANAGERS = {
	npm: { name: 'npm', lockfile: 'package-lock.json' },
	'pnpm 10': { name: 'pnpm', package: { pnpm: '10.34.8' }, lockfile: 'pnpm-lock.yaml' },
	'pnpm 12': { name: 'pnpm', package: { pnpm: '12.21.0' }, lockfile: 'pnpm-lock.yaml' },
	'yarn 1': { name: 'yarn', yarn: 'classic', package: { yarn: '1.22.22' }, lockfile: 'yarn.lock' },
	'yarn 4': { name: 'yarn', yarn: 'berry', package: { '@yarnpkg/cli-dist': '4.18.1' }, lockfile: 'yarn.lock' },
	bun: { name: 'bun', package: { [BUN]: '1.4.5' }, lockfile: 'bun.lock' },
} as const satisfies Record<string, RealManager>;

export type RealManagerKey = keyof typeof REAL_MANAGERS;

/** A folder for PATH with nothing but the manager and Node in it, so that no other manager can step in. */
async function binFolder(manager: RealManager): Promise<string> {
	const folder = temporaryFolder();
	symlinkSync(process.execPath, join(folder, 'node'));
	if (manager.package === undefined) {
		for (const name of ['npm', 'npx'])
			symlinkSync(findExecutable(name, process.env) ?? `no ${name} on PATH`, join(folder, name));
		return folder;
	}
	const modules = join(await installedPackages(manager.package), 'node_modules');
	if (manager.name !== 'bun') return [join(modules, '.bin'), folder].join(delimiter);
	const program = join(modules, BUN, 'bin/bun');
	chmodSync(program, 0o755);
	for (const name of ['bun', 'bunx']) symlinkSync(program, join(folder, name));
	return folder;
}

async function npmSetting(name: string): Promise<string | undefined> {
	const { stdout } = await execa('npm', ['config', 'get', name], { stdin: 'ignore', stderr: 'ignore' });
	return ['', 'null', 'undefined'].includes(stdout) ? undefined : stdout;
}

/** Each manager has its own name for the registry; all of them get the one that npm has. */
export function registryEnv(registry: string): NodeJS.ProcessEnv {
	return {
		npm_config_registry: registry,
		pnpm_config_registry: registry,
		YARN_REGISTRY: registry,
		YARN_NPM_REGISTRY_SERVER: registry,
		BUN_CONFIG_REGISTRY: registry,
	};
}

/** The environment in which a manager runs: its own PATH, the user's registry, caches that are kept between runs. */
export async function managerEnv(key: RealManagerKey): Promise<NodeJS.ProcessEnv> {
	const [path, registry, certificates] = await Promise.all([
		binFolder(REAL_MANAGERS[key]),
		npmSetting('registry'),
		npmSetting('cafile'),
	]);
	const caches = join(dirname(await installedPackages({ 'is-number': '7.0.0' })), 'managers');
	mkdirSync(caches, { recursive: true });
	return {
		HOME: process.env['HOME'],
		PATH: [path, '/usr/bin', '/bin'].join(delimiter),
		PNPM_HOME: join(caches, 'pnpm'),
		YARN_CACHE_FOLDER: join(caches, key === 'yarn 1' ? 'yarn-1' : 'yarn-4'),
		YARN_GLOBAL_FOLDER: join(caches, 'yarn'),
		YARN_ENABLE_TELEMETRY: '0',
		BUN_INSTALL_CACHE_DIR: join(caches, 'bun'),
		...(registry === undefined ? {} : registryEnv(registry)),
		...(certificates === undefined ? {} : { YARN_HTTPS_CA_FILE_PATH: certificates, NODE_EXTRA_CA_CERTS: certificates }),
	};
}
