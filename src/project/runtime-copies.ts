import { relative, sep } from 'node:path';
import { canonicalVersion, isVersion } from '../ecosystem/flue-versions.ts';
import { realPath } from '../system/files.ts';
import { installedPackages } from './installed.ts';
import { readPackageJson } from './package-json.ts';

const RUNTIME = '@flue/runtime';

export interface RuntimeCopy {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	readonly version: string | undefined;
	/** Whether it is the one that `@flue/cli` runs with. */
	readonly isUsedByCli: boolean;
}

function readVersion(folder: string): string | undefined {
	const version = readPackageJson(folder)?.['version'];
	return typeof version === 'string' && isVersion(version) ? canonicalVersion(version) : undefined;
}

/**
 * The copies of the runtime that the project reaches, its own first: in a `node_modules` on the way up, and where its
 * `@flue/cli` finds one. A copy counts by where it really lies, so that links to one are one.
 */
export function findRuntimeCopies(packageRoot: string, top: string): readonly RuntimeCopy[] {
	const own = installedPackages(packageRoot, RUNTIME, top);
	const [cli] = installedPackages(packageRoot, '@flue/cli', top);
	const [ofCli] = cli === undefined ? [] : installedPackages(realPath(cli) ?? cli, RUNTIME, top);
	const copies = new Map<string, RuntimeCopy>();
	for (const folder of ofCli === undefined ? own : [...own, ofCli]) {
		const real = realPath(folder) ?? folder;
		const path = relative(packageRoot, folder).split(sep).join('/');
		if (!copies.has(real)) copies.set(real, { path, version: readVersion(real), isUsedByCli: false });
	}
	const used = ofCli === undefined ? undefined : (realPath(ofCli) ?? ofCli);
	return Array.from(copies, ([real, copy]) => ({ ...copy, isUsedByCli: real === used }));
}
