import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What npm, pnpm, yarn and bun write beside node_modules. They are theirs: we only look whether they changed. */
const NAMES = [
	'package.json',
	'package-lock.json',
	'npm-shrinkwrap.json',
	'.npmrc',
	'pnpm-lock.yaml',
	'pnpm-workspace.yaml',
	'yarn.lock',
	'.yarnrc.yml',
	'.yarn/cache',
	'.pnp.cjs',
	'.pnp.loader.mjs',
	'bun.lock',
	'bun.lockb',
];

/** Path -> content, one character per byte; a file that is not there has no entry. */
type ManagerFiles = ReadonlyMap<string, string>;

/** Of a folder, the names in it. */
function stateOf(path: string): string | undefined {
	try {
		const stat = statSync(path);
		if (stat.isDirectory()) return readdirSync(path).toSorted().join('/');
		return stat.isFile() ? readFileSync(path, 'latin1') : 'other';
	} catch {
		return undefined;
	}
}

export function readManagerFiles(folders: readonly string[]): ManagerFiles {
	const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
	return new Map(
		paths.flatMap((path) => {
			const state = stateOf(path);
			return state === undefined ? [] : [[path, state] as const];
		}),
	);
}

/** The paths that came, went or changed. */
export function changedFiles(before: ManagerFiles, after: ManagerFiles): string[] {
	const paths = new Set([...before.keys(), ...after.keys()]);
	return [...paths].filter((path) => before.get(path) !== after.get(path));
}
