import { join, relative, sep } from 'node:path';
import type { RuntimeCopy } from '../findings.ts';
import { isRecord, parseJson } from '../json.ts';
import { isVersion } from '../runtime-version.ts';
import { kindOf, readTextIfAny, realPath, withParents } from './files.ts';

const RUNTIME = 'node_modules/@flue/runtime';
const CLI = 'node_modules/@flue/cli';

function readVersion(folder: string): string | undefined {
	const manifest = parseJson(readTextIfAny(join(folder, 'package.json')) ?? '');
	const version = isRecord(manifest) ? manifest['version'] : undefined;
	return typeof version === 'string' && isVersion(version) ? version : undefined;
}

/** The folders that Node.js looks into for what a file in `start` imports, and that hold it. */
function resolutions(start: string, name: string): string[] {
	return withParents(start)
		.map((folder) => join(folder, name))
		.filter((folder) => kindOf(join(folder, 'package.json')) === 'file');
}

/**
 * The copies of the runtime that the project reaches, its own first: in a `node_modules` on the way up, and where its
 * `@flue/cli` finds one. A copy counts by where it really lies, so that links to one are one.
 */
export function findRuntimeCopies(packageRoot: string): readonly RuntimeCopy[] {
	const own = resolutions(packageRoot, RUNTIME);
	const [cli] = resolutions(packageRoot, CLI);
	const [ofCli] = cli === undefined ? [] : resolutions(realPath(cli) ?? cli, RUNTIME);
	const copies = new Map<string, RuntimeCopy>();
	for (const folder of ofCli === undefined ? own : [...own, ofCli]) {
		const real = realPath(folder) ?? folder;
		const path = relative(packageRoot, folder).split(sep).join('/');
		if (!copies.has(real)) copies.set(real, { path, version: readVersion(real), isUsedByCli: false });
	}
	const used = ofCli === undefined ? undefined : (realPath(ofCli) ?? ofCli);
	return Array.from(copies, ([real, copy]) => ({ ...copy, isUsedByCli: real === used }));
}

/** Yarn's Plug'n'Play keeps packages where only Yarn finds them. */
export function usesPlugAndPlay(folders: readonly (string | undefined)[]): boolean {
	return folders.some((folder) => folder !== undefined && kindOf(join(folder, '.pnp.cjs')) === 'file');
}
