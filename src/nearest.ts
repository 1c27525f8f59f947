import { closest, distance } from 'fastest-levenshtein';

/** The name that was probably meant; undefined when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
	if (names.length === 0) return undefined;
	const name = closest(word.slice(0, 100), names);
	return distance(word.slice(0, 100), name) <= Math.max(2, name.length * 0.4) ? name : undefined;
}
