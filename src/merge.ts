import { diff3Merge, LCS } from 'node-diff3';
import jsTokens from 'js-tokens';

export interface MergeInput {
	/** The file as it is now. */
	readonly yours: string;
	/** The file as it was written. */
	readonly base: string;
	/** The file as it would be written now. */
	readonly next: string;
	/** What the two sides are called where they contradict each other. */
	readonly labels: { readonly yours: string; readonly next: string };
}

export interface Merge {
	readonly text: string;
	/** How many places both sides changed; each is marked in the text. */
	readonly conflicts: number;
}

interface Region {
	/** Yours, the base's, and the new lines. */
	readonly a: readonly string[];
	readonly o: readonly string[];
	readonly b: readonly string[];
}

/** The lines that both have, in their order, as pairs of indices. */
function pairLines(left: readonly string[], right: readonly string[]): [number, number][] {
	const pairs: [number, number][] = [];
	for (let match = LCS([...left], [...right]); match.chain !== null; match = match.chain) {
		pairs.push([match.buffer1index, match.buffer2index]);
	}
	return pairs;
}

/** The lines that lie in a template from one line to another: there every blank counts. */
function linesInTemplates(code: string): ReadonlySet<number> {
	const lines = new Set<number>();
	let first = 0;
	for (const { type, value } of jsTokens(code)) {
		const parts = value.split('\n');
		const isSpread = type.includes('Template') && parts.length > 1;
		if (isSpread) for (const n of parts.keys()) lines.add(first + n);
		first += parts.length - 1;
	}
	return lines;
}

/** What is left of each line when a formatter has been at it. */
function unformatted(code: string): string[] {
	const exact = linesInTemplates(code);
	return code.split('\n').map((line, n) => {
		if (exact.has(n)) return line.replace(/\r$/, '');
		return line.trim().replaceAll('"', "'").replace(/[;,]+$/, '');
	});
}

/**
 * The base and the new file as the user's formatter spells them, line by line: without that, every line of a formatted
 * file counts as the user's own and contradicts all that is new. Lines that are broken elsewhere stay as they are.
 */
function respell({ yours, base, next }: MergeInput): { o: string[]; b: string[] } {
	const [a, o, b] = [yours.split('\n'), base.split('\n'), next.split('\n')];
	const spelled = [...o];
	for (const [mine, theirs] of pairLines(unformatted(yours), unformatted(base))) spelled[theirs] = a[mine] ?? '';
	for (const [old, kept] of pairLines(o, b)) b[kept] = spelled[old] ?? '';
	return { o: spelled, b };
}

function placesOf(lines: readonly string[], text: readonly string[]): number[] {
	return text.flatMap((_, at) => (lines.every((line, n) => text[at + n] === line) ? [at] : []));
}

/** `side` with the base's lines in it replaced: it only has lines of its own before or behind them. */
function insertAround(side: readonly string[], o: readonly string[], replacement: readonly string[]): readonly string[] | undefined {
	const [at, ...more] = o.length === 0 ? [] : placesOf(o, side);
	if (at === undefined || more.length > 0) return undefined;
	return [...side.slice(0, at), ...replacement, ...side.slice(at + o.length)];
}

function markConflict({ a, b }: Region, { labels }: MergeInput): string[] {
	return [`<<<<<<< ${labels.yours}`, ...a, '=======', ...b, `>>>>>>> ${labels.next}`];
}

/** Lines are told apart with their line ends: those of a file that uses CRLF throughout are put back at the end. */
function withLineEnds({ yours, base, next, labels }: MergeInput, merge: (input: MergeInput) => Merge): Merge {
	const isCrlf = yours.includes('\n') && !/(?<!\r)\n/.test(yours);
	if (!isCrlf) return merge({ yours, base, next, labels });
	const { text, conflicts } = merge({ yours: yours.replaceAll('\r\n', '\n'), base, next, labels });
	return { text: text.replaceAll('\n', '\r\n'), conflicts };
}

function mergeLines(input: MergeInput): Merge {
	const { o, b } = respell(input);
	let conflicts = 0;
	const lines = diff3Merge(input.yours.split('\n'), o, b).flatMap(({ ok, conflict }): readonly string[] => {
		if (conflict === undefined) return ok ?? [];
		const merged = insertAround(conflict.a, conflict.o, conflict.b) ?? insertAround(conflict.b, conflict.o, conflict.a);
		if (merged === undefined) conflicts++;
		return merged ?? markConflict(conflict, input);
	});
	return { text: lines.join('\n'), conflicts };
}

/** A three-way merge by lines: what only one side changed is taken, what both changed is marked. */
export function mergeTexts(input: MergeInput): Merge {
	return withLineEnds(input, mergeLines);
}
