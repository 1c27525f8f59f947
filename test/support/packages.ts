import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const CACHE = process.env['FLUE_TEST_CACHE'] ?? join(import.meta.dirname, '../../.cache');

/** `@flue/runtime` 0.6.1-0.9.x asks for `"*"` of these; later releases of them no longer fit. */
export const PI_PACKAGES = { '@earendil-works/pi-agent-core': '0.75.4', '@earendil-works/pi-ai': '0.75.4' } as const;

async function installFlat(folder: string): Promise<void> {
	const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
	await execa('npm', args, { cwd: folder, stdin: 'ignore' });
}

async function installIsolated(folder: string): Promise<void> {
	const pnpm = join(await installedPackages({ pnpm: '10.34.8' }), 'node_modules/pnpm/bin/pnpm.cjs');
	const args = ['install', '--ignore-scripts', '--store-dir', join(CACHE, 'pnpm-store')];
	await execa(process.execPath, [pnpm, ...args], { cwd: folder, stdin: 'ignore' });
}

/** By a run that was killed: its process is gone, or it had not even time to leave its number. */
function isAbandoned(lock: string): boolean {
	try {
		const { mtimeMs } = statSync(lock);
		const owner = existsSync(join(lock, 'owner')) ? Number(readFileSync(join(lock, 'owner'), 'utf8')) : 0;
		if (owner === 0) return Date.now() - mtimeMs > 10_000;
		process.kill(owner, 0);
		return false;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'ESRCH';
	}
}

/**
 * A folder whose `node_modules` holds exactly these packages from npm, kept between runs.
 * `packages` is name → exact version (or any npm spec). Workers that ask for the same set at once wait for one install.
 * The layout is npm's, or pnpm's own, in which a package sees nothing but its declared dependencies.
 */
export async function installedPackages(
	packages: Readonly<Record<string, string>>,
	layout: 'flat' | 'isolated' = 'flat',
	overrides?: Readonly<Record<string, string>>,
): Promise<string> {
	const manifest = JSON.stringify({ private: true, type: 'module', dependencies: packages, overrides });
	return cached(layout === 'flat' ? manifest : manifest + layout, async (draft) => {
		writeFileSync(join(draft, 'package.json'), manifest);
		await (layout === 'flat' ? installFlat(draft) : installIsolated(draft));
	});
}

/** The folder of one package from npm, for whatever system it is made: `npm install` refuses those of another. */
export async function unpackedPackage(name: string, version: string): Promise<string> {
	const folder = await cached(`unpacked ${name}@${version}`, async (draft) => {
		const { stdout } = await execa('npm', ['pack', '--silent', `${name}@${version}`], { cwd: draft, stdin: 'ignore' });
		await execa('tar', ['-xzf', stdout.trim()], { cwd: draft });
		rmSync(join(draft, stdout.trim()));
	});
	return join(folder, 'package');
}

/** The folder that `make` has filled, kept between runs; workers that ask for the same at once wait for one of them. */
async function cached(key: string, make: (draft: string) => Promise<void>): Promise<string> {
	const folder = join(CACHE, createHash('sha256').update(key).digest('hex').slice(0, 16));
	const lock = `${folder}.lock`;
	mkdirSync(CACHE, { recursive: true });
	for (;;) {
		if (existsSync(folder)) return folder;
		try {
			mkdirSync(lock);
			writeFileSync(join(lock, 'owner'), `${process.pid}`);
			break;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
			if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
			await sleep(200);
		}
	}
	try {
		if (existsSync(folder)) return folder;
		const draft = join(lock, 'draft');
		mkdirSync(draft);
		await make(draft);
		renameSync(draft, folder);
		return folder;
	} finally {
		rmSync(lock, { recursive: true, force: true });
	}
}
