import { join, posix } from 'node:path';
import { below } from '../lib/paths.ts';
import { kindOf, readTextIfAny } from '../system/files.ts';
import { listBelow, type Module, MOST_READ, readModule } from './modules.ts';
import { readFlueSources } from './sources.ts';

const SPECIFIER = /\b(?:from|import|require)\s*\(?\s*(['"`])([^'"`\n]{1,200})\1/g;

const EXTENSIONS = ['.ts', '.mts', '.js'];

/** What a chain of imports is followed for: more than that, and it is no longer about one connector. */
const MOST_FOLLOWED = 100;

/** The files that a relative import can mean, relative to the package root: in TypeScript, `.js` is a `.ts` first. */
function importedPaths(from: string, specifier: string): string[] {
	if (!/^\.\.?(?:\/|$)/.test(specifier)) return [];
	const path = posix.join(posix.dirname(from), specifier);
	if (path.startsWith('../')) return [];
	const stem = path.replace(/\.m?[jt]s$/, '');
	return [stem, `${path.replace(/\/$/, '')}/index`].flatMap((name) => EXTENSIONS.map((extension) => name + extension));
}

/** Whether an import can mean the file at `path`; by an alias of the project's, its end tells. */
export function canMean(from: string, specifier: string, path: string): boolean {
	if (/^\.\.?(?:\/|$)/.test(specifier)) return importedPaths(from, specifier).includes(path);
	const ending = path
		.replace(/\.m?[jt]s$/, '')
		.split('/')
		.slice(-2)
		.join('/');
	const stem = specifier.replace(/\.m?[jt]s$/, '');
	return ending.includes('/') && stem.endsWith(ending) && /(?:^|[/#~@])$/.test(stem.slice(0, -ending.length));
}

/**
 * The modules of the package that Flue's sources import, directly or by way of others; `found` are those that a search came upon.
 * All paths are relative to `base`, the folder with the sources.
 */
export function importedModules(root: string, base: string, found: readonly Module[]): readonly Module[] {
	const sources = readFlueSources(join(root, base), found);
	const queue = sources.map(({ path, head }) => ({ path: base + path, head }));
	const imported = new Map<string, Module>();
	for (const { path, head } of queue) {
		for (const [, , specifier = ''] of head.matchAll(SPECIFIER)) {
			const next = importedPaths(path, specifier).find((one) => kindOf(below(root, one)) === 'file');
			const module = next === undefined || imported.has(next) ? undefined : readModule(root, next);
			if (module === undefined || imported.size === MOST_FOLLOWED) continue;
			imported.set(module.path, module);
			queue.push(module);
		}
	}
	return Array.from(imported.values(), ({ path, head }) => ({ path: posix.relative(base, path), head }));
}

export interface Importers {
	/** Relative to the package root, with what is in them. */
	readonly importers: readonly { readonly path: string; readonly code: string }[];
	readonly isComplete: boolean;
}

const IMPORTER_BYTES = 64 * 1024;

/** Each is read word by word. */
const MOST_IMPORTERS = 100;

/** The files of the package that import the one at `path`. */
export function findImporters(root: string, path: string): Importers {
	const { files, complete } = listBelow(root, (name) => /\.[cm]?[jt]sx?$/.test(name));
	const importers = files.slice(0, MOST_READ).flatMap((file) => {
		const code = file === path ? '' : (readTextIfAny(below(root, file), IMPORTER_BYTES) ?? '');
		const imports = [...code.matchAll(SPECIFIER)].some(([, , specifier = '']) => canMean(file, specifier, path));
		return imports ? [{ path: file, code }] : [];
	});
	const isComplete = complete && files.length <= MOST_READ && importers.length <= MOST_IMPORTERS;
	return { importers: importers.slice(0, MOST_IMPORTERS), isComplete };
}
