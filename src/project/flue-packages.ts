import { isAbsolute, join, sep } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { below, pathBetween } from '../lib/paths.ts';
import { commandFolder, shownPath } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import { kindOf } from '../system/files.ts';
import { readManifestIfAny } from './package-json.ts';
import { foldersBelow } from './workspace.ts';

/** In the sentence of an error. */
const MOST_NAMED = 10;

/** Deep enough for `examples/node/bot/.flue`. */
const DEEPEST = 4;

export function usesFlue(folder: string, dependencies: ReadonlyMap<string, string>): boolean {
	return dependencies.has('@flue/runtime') || kindOf(below(folder, '.flue')) === 'directory';
}

export function declaresFlue(folder: string): boolean {
	return readManifestIfAny(folder)?.dependencies.has('@flue/runtime') === true;
}

/** The packages below the folder that use Flue, relative to it, whether or not a workspace holds them; often one is in `.flue/`. */
export function findFluePackages(folder: string): readonly string[] {
	const { folders } = foldersBelow(folder, [{ base: '', deepest: DEEPEST }]);
	const candidates = folders.flatMap((path) => [path, join(path, '.flue')]).filter((path) => path !== folder);
	return candidates.filter(declaresFlue).map((path) => pathBetween(folder, path));
}

/** `which` ends the first sentence; of a search that was cut short, only what it found is known. */
export function nameOthers(
	folder: string,
	which: string,
	paths: readonly string[],
	isComplete = true,
): UsageError | undefined {
	const [first, ...others] = paths.toSorted();
	if (first === undefined) return undefined;
	const names = [first, ...others].slice(0, MOST_NAMED).map(shownPath);
	const left = paths.length - names.length;
	const more = left > 0 ? ` and ${isComplete ? '' : 'at least '}${left} more` : '';
	const example = paths.toSorted().find((path) => commandFolder(shortPath(join(folder, path))) !== undefined);
	return new UsageError(
		`${which}: ${names.join(', ')}${more}.`,
		example === undefined
			? 'Name one of them with --cwd.'
			: `Name one of them, for example: ${shellWords(['--cwd', shortPath(join(folder, example))])}`,
	);
}

function shortPath(path: string): string {
	const fromHere = pathBetween(process.cwd(), path);
	return isAbsolute(fromHere) || fromHere.startsWith('..') ? path.split(sep).join('/') : fromHere;
}
