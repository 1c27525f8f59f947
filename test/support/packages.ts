import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const CACHE = process.env['FLUE_TEST_CACHE'] ?? join(import.meta.dirname, '../../.cache');

/** `@flue/runtime` 0.6.1-0.9.x asks for `"*"` of these; later releases of them no longer fit. */
export const PI_PACKAGES = { '@earendil-works/pi-agent-core': '0.75.4', '@earendil-works/pi-ai': '0.75.4' } as const;

/**
 * A folder whose `node_modules` holds exactly these packages from npm, kept between runs.
 * `packages` is name → exact version (or any npm spec). Workers that ask for the same set at once wait for one install.
 */
export async function installedPackages(packages: Readonly<Record<string, string>>): Promise<string> {
	const manifest = JSON.stringify({ private: true, type: 'module', dependencies: packages });
	const folder = join(CACHE, createHash('sha256').update(manifest).digest('hex').slice(0, 16));
	const lock = `${folder}.lock`;
	mkdirSync(CACHE, { recursive: true });
	for (;;) {
		if (existsSync(folder)) return folder;
		try {
			mkdirSync(lock);
			break;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
			const abandoned = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 600_000;
			if (abandoned) rmSync(lock, { recursive: true, force: true });
			await sleep(200);
		}
	}
	try {
		if (existsSync(folder)) return folder;
		const draft = join(lock, 'draft');
		mkdirSync(draft);
		writeFileSync(join(draft, 'package.json'), manifest);
		await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'], { cwd: draft, stdin: 'ignore' });
		renameSync(draft, folder);
		return folder;
	} finally {
		rmSync(lock, { recursive: true, force: true });
	}
}
