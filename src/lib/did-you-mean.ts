import { closest, distance } from 'fastest-levenshtein';

/** The name that was probably meant; undefined when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
	if (names.length === 0) return undefined;
	const name = closest(word.slice(0, 100), names);
	return distance(word.slice(0, 100), name) <= Math.max(2, name.length * 0.4) ? name : undefined;
}

/** What to do about a name that nothing has: the nearest one, or `otherwise`, which is a list of them all. */
export function nameHint(word: string, names: readonly string[], otherwise = listNames(names)): string {
	const suggestion = nearest(word, names);
	return suggestion === undefined ? otherwise : `Did you mean ${suggestion}?`;
}

export function listNames(names: readonly string[]): string {
	return `There ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}.`;
}
