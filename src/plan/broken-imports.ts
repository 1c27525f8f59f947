import { safe } from '../lib/sanitize.ts';
import { canMean, type Importers } from '../project/imports.ts';
import { type Word, withoutComments, wordsOf } from './code-words.ts';
import { LONGEST_FILE } from './marker.ts';
import { type ImportedName, readExports, readImports } from './read-modules.ts';

/** Files, and names of each, in a sentence. */
const MOST_FILES = 20;

const MOST_NAMES = 10;

interface Module {
	readonly words: readonly Word[];
	readonly names: ReadonlySet<string>;
}

function readModule(code: string): Module {
	const words = withoutComments(wordsOf(code));
	const { values, types } = readExports(words);
	return { words, names: new Set([...values, ...types]) };
}

/** How many arguments, or parameters, stand between the brackets; undefined where that cannot be told. */
function countBetween(words: readonly Word[], open: number): number | undefined {
	const close = words[open]?.pair;
	if (close === undefined || close === open + 1) return close === undefined ? undefined : 0;
	const top = words.slice(open + 1, close).filter((word) => word.open === open);
	if (top.some(({ key }) => key === '...' || key === '<' || key === '=')) return undefined;
	const isTrailing = words[close - 1]?.key === ',';
	return top.filter(({ key }) => key === ',').length + (isTrailing ? 0 : 1);
}

function declaredParameters({ words }: Module, name: string): number | undefined {
	const at = words.findIndex(({ key }, n) => key === name && words[n - 1]?.key === 'function');
	return at === -1 ? undefined : countBetween(words, at + 1);
}

/** Whether the code calls what it took with another number of arguments than ours has parameters. */
function callsOtherwise(words: readonly Word[], { name, local }: ImportedName, ours: Module): boolean {
	const parameters = declaredParameters(ours, name);
	return words.some(({ key }, n) => {
		if (key !== local || words[n + 1]?.key !== '(' || /^(?:\??\.|function)$/.test(words[n - 1]?.key ?? ''))
			return false;
		const given = countBetween(words, n + 1);
		return parameters !== undefined && given !== undefined && given !== parameters;
	});
}

function describeBroken(
	words: readonly Word[],
	taken: readonly ImportedName[],
	ours: Module,
	hasMore: boolean,
): string {
	const missing = new Set(taken.map(({ name }) => name).filter((name) => name !== '*' && !ours.names.has(name)));
	const isWhole = hasMore && taken.some(({ name }) => name === '*');
	const called = taken.filter(({ name }) => ours.names.has(name)).filter((one) => callsOtherwise(words, one, ours));
	const names = [...missing].slice(0, MOST_NAMES).map((name) => safe('name', name));
	return [
		...(isWhole ? ['everything'] : []),
		...names,
		...(missing.size > MOST_NAMES ? [`${missing.size - MOST_NAMES} more`] : []),
		...called.map(({ name }) => `${safe('name', name)} with other parameters`),
	].join(', ');
}

/** A sentence that names the files which import what `planned` does not export in the place of `before`; undefined where none does. */
export function brokenImports(path: string, before: string, planned: string, found: Importers): string | undefined {
	if (before.length > LONGEST_FILE) return undefined;
	const [old, ours] = [readModule(before), readModule(planned)];
	const hasMore = [...old.names].some((name) => !ours.names.has(name));
	const broken = found.importers.flatMap(({ path: importer, code }) => {
		const words = withoutComments(wordsOf(code));
		const imports = readImports(words).filter(({ from }) => canMean(importer, from, path));
		const what = describeBroken(
			words,
			imports.flatMap(({ names }) => names),
			ours,
			hasMore,
		);
		return what === '' ? [] : [`${safe('file', importer)} (${what})`];
	});
	if (broken.length === 0) return undefined;
	const shown = broken.slice(0, MOST_FILES);
	const more = broken.length > MOST_FILES ? [`${broken.length - MOST_FILES} more`] : [];
	const rest = found.isComplete ? '' : ' There may be more: not all files were read.';
	return `Replacing ${safe('file', path)} breaks these imports of it: ${[...shown, ...more].join(', ')}.${rest}`;
}
