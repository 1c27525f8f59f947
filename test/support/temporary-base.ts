import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What this program and others look for in each folder above a project. */
const LOOKED_FOR = [
	'.git',
	'.gitignore',
	'.env',
	'.flue',
	'.yarnrc.yml',
	'.pnp.cjs',
	'bun.lock',
	'bun.lockb',
	'deno.lock',
	'node_modules',
	'npm-shrinkwrap.json',
	'package-lock.json',
	'package.json',
	'pnpm-lock.yaml',
	'pnpm-workspace.yaml',
	'tsconfig.json',
	'yarn.lock',
];

function isFree(folder: string): boolean {
	if (LOOKED_FOR.some((name) => existsSync(join(folder, name)))) return false;
	return folder === dirname(folder) || isFree(dirname(folder));
}

function isUsable(folder: string): boolean {
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
		return isFree(realpathSync(folder));
	} catch {
		return false;
	}
}

/** A test's project must not become part of one that stands above the temporary folder, for example of a stray package.json in /tmp. */
export function useFreeTemporaryFolder(): void {
	const free = [tmpdir(), '/var/tmp', homedir(), '/dev/shm'].find(isUsable);
	if (free !== undefined && free !== tmpdir()) process.env['TMPDIR'] = free;
}
