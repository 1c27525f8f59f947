import jsTokens from 'js-tokens';
import type { Token } from 'js-tokens';
import { spellString } from './code-words.ts';
import { diff3Merge, LCS } from 'node-diff3';

interface MergeInput {
	/** The file as it is now. */
	readonly yours: string;
	/** The file as it was written. */
	readonly base: string;
	/** The file as it would be written now. */
	readonly next: string;
	/** What the two sides are called where they contradict each other. */
	readonly labels: { readonly yours: string; readonly next: string };
}

interface Merge {
	readonly text: string;
	/** How many places both sides changed; each is marked in the text. */
	readonly conflicts: number;
}

type Pair = readonly [number, number];

/** The share of pairs from which on the lines that are the same to the letter are trusted. */
const MOSTLY = 0.97;

interface Region {
	/** Yours, the base's, and the new lines. */
	readonly a: readonly string[];
	readonly o: readonly string[];
	readonly b: readonly string[];
}

/** The lines that both have, in their order, as pairs of indices. */
function pairLines(left: readonly string[], right: readonly string[]): readonly Pair[] {
	const pairs: Pair[] = [];
	for (let match = LCS([...left], [...right]); match.chain !== null; match = match.chain) {
		pairs.push([match.buffer1index, match.buffer2index]);
	}
	return pairs.toReversed();
}

/** A token as every formatter spells it; in a template each blank counts, at the ends of a comment's lines none does. */
function spell(token: Token): readonly string[] {
	const { type, value } = token;
	const parts = value.split(/\r?\n/);
	if (token.type === 'StringLiteral') return [spellString(token)];
	return type === 'SingleLineComment' || type === 'MultiLineComment' ? parts.map((part) => part.trim()) : parts;
}

/** What is left of each line when a formatter has been at it. */
function unformatted(code: string): string[] {
	const lines: string[][] = [[]];
	for (const token of jsTokens(code)) {
		if (token.type === 'WhiteSpace') continue;
		const [first = '', ...more] = spell(token);
		if (first.trim() !== '') lines.at(-1)?.push(first);
		for (const part of more) lines.push(part === '' ? [] : [part]);
	}
	return lines.map((line) => line.join('\0').replace(/\0?[;,]$/, ''));
}

/** Lines that are the same to the letter come first; what lies between them is paired by what a formatter leaves of it. */
function pairBetween(left: readonly string[], right: readonly string[], keys: readonly (readonly string[])[]): Pair[] {
	const [leftKeys = [], rightKeys = []] = keys;
	const pairs: Pair[] = [];
	let [l, r] = [0, 0];
	for (const [nextL, nextR] of [...pairLines(left, right), [left.length, right.length] as const]) {
		const between = pairLines(leftKeys.slice(l, nextL), rightKeys.slice(r, nextR));
		for (const [n, m] of between) pairs.push([l + n, r + m]);
		if (nextL < left.length) pairs.push([nextL, nextR]);
		[l, r] = [nextL + 1, nextR + 1];
	}
	return pairs;
}

/** Of a file that was formatted as a whole, few lines are the same to the letter, and they lead astray. */
function pairFormatted(left: string, right: string): readonly Pair[] {
	const keys = [unformatted(left), unformatted(right)] as const;
	const byKeys = pairLines(...keys);
	const byText = pairBetween(left.split('\n'), right.split('\n'), keys);
	return byText.length >= byKeys.length * MOSTLY ? byText : byKeys;
}

/**
 * The base and the new file as the user's formatter spells them, line by line: without that, every line of a formatted
 * file counts as the user's own and contradicts all that is new. Lines that are broken elsewhere stay as they are.
 */
function respell({ yours, base, next }: MergeInput): { o: string[]; b: string[] } {
	const [a, o, b] = [yours.split('\n'), base.split('\n'), next.split('\n')];
	const spelled = [...o];
	for (const [mine, theirs] of pairFormatted(yours, base)) spelled[theirs] = a[mine] ?? '';
	for (const [old, kept] of pairLines(o, b)) b[kept] = spelled[old] ?? '';
	return { o: spelled, b };
}

function placesOf(lines: readonly string[], text: readonly string[]): number[] {
	return text.flatMap((_, at) => (lines.every((line, n) => text[at + n] === line) ? [at] : []));
}

/** `side` with the base's lines in it replaced: it only has lines of its own before or behind them. */
function insertAround(
	side: readonly string[],
	o: readonly string[],
	replacement: readonly string[],
): readonly string[] | undefined {
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

interface OwnLines {
	/** "12", "40-44": the lines that are not the base's, give or take their formatting. */
	readonly own: readonly string[];
	/** How many lines of the base are gone, with nothing in their place. */
	readonly removed: number;
}

/** Where the user changed what was written; `firstLine` is the number of the first line of `yours` in the file. */
export function ownLines(yours: string, base: string, firstLine: number): OwnLines {
	const [a, o] = [yours.split('\n').map((line) => line.trim()), base.split('\n')];
	const own: string[] = [];
	let removed = 0;
	let [mine, theirs] = [-1, -1];
	for (const [nextMine, nextTheirs] of [...pairFormatted(yours, base), [a.length, o.length] as const]) {
		const written = [...a.keys()].slice(mine + 1, nextMine).filter((line) => a[line] !== '');
		const [first, last] = [written[0], written.at(-1)].map((line) => line !== undefined && `${line + firstLine}`);
		if (first && last) own.push(first === last ? first : `${first}-${last}`);
		else removed += o.slice(theirs + 1, nextTheirs).filter((line) => line !== '').length;
		[mine, theirs] = [nextMine, nextTheirs];
	}
	return { own, removed };
}
