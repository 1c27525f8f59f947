import { diff3Merge } from 'node-diff3';
import { CONTINUING, isOnlyParameter, isTrailingComma } from './code-syntax.ts';
import { type Word, wordsOf } from './code-words.ts';
import { hasWideLines } from './line-width.ts';
import { type Alignment, alignCode, isSameCode } from './same-code.ts';

/** What a formatter made of a template, which has tabs, single quotes, semicolons, trailing commas and parentheses. */
interface Style {
	readonly indent: string;
	readonly quote: '"' | "'";
	readonly semicolons: boolean;
	readonly trailingCommas: boolean;
	readonly arrowParentheses: boolean;
	readonly bracketSpacing: boolean;
}

interface Formatted {
	readonly text: string;
	/** The formatter breaks lines elsewhere than the template, so that it may have something to do with the new ones. */
	readonly needsFormatter: boolean;
}

function mostFrequent(values: readonly string[], fallback: string): string {
	const counts = new Map<string, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [fallback, 0] as const)[0];
}

function lineStart(code: string, at: number): string {
	const line = code.slice(code.lastIndexOf('\n', at - 1) + 1, at);
	return line.trim() === '' ? line : '';
}

/** Whether most words of the template that `isMeant` are in the file too. */
function keeps({ template, matches }: Alignment, isMeant: (word: Word, index: number) => boolean): boolean {
	const meant = template.flatMap((word, index) => (isMeant(word, index) ? [matches[index] !== undefined] : []));
	return meant.filter(Boolean).length * 2 >= meant.length;
}

function isParameter(words: readonly Word[], index: number): boolean {
	return isOnlyParameter(words, words[index]?.key === ')' ? (words[index].pair ?? -1) : index);
}

/** `{ a }` on one line, which is no block. */
function isInline(code: string, words: readonly Word[], index: number): boolean {
	const [word, next] = [words[index], words[index + 1]];
	const isEdge = word?.key === '{' || next?.key === '}';
	return isEdge && word?.key !== ';' && code.slice(word?.end, next?.start) === ' ';
}

function readStyle(base: string, yours: string, alignment: Alignment): Style {
	const { template, file, matches } = alignment;
	const indents: string[] = [];
	const quotes: string[] = [];
	const spaces: string[] = [];
	for (const [index, word] of template.entries()) {
		const own = file[matches[index] ?? -1];
		if (own === undefined) continue;
		if (word.startsLine && own.startsLine && lineStart(base, word.start) === '\t')
			indents.push(lineStart(yours, own.start));
		if (word.type === 'StringLiteral' && !/['"]/.test(word.key.slice(1))) quotes.push(yours[own.start] ?? "'");
		if (isInline(base, template, index)) spaces.push(yours.slice(own.end, own.end + 1).trim());
	}
	return {
		indent: mostFrequent(indents, '\t'),
		quote: mostFrequent(quotes, "'") === '"' ? '"' : "'",
		semicolons: keeps(alignment, ({ key, open }) => key === ';' && template[open ?? -1]?.key !== '('),
		trailingCommas: keeps(alignment, (_, index) => isTrailingComma(template, index)),
		arrowParentheses: keeps(alignment, (_, index) => isParameter(template, index)),
		bracketSpacing: mostFrequent(spaces, '') === '',
	};
}

function indented(text: string, { indent }: Style): string {
	return text.replaceAll(/(?<=\n)\t+/g, (tabs) => indent.repeat(tabs.length));
}

function requote(literal: string, { quote }: Style): string {
	return literal.startsWith(quote) || /['"\\]/.test(literal.slice(1, -1))
		? literal
		: `${quote}${literal.slice(1, -1)}${quote}`;
}

function isLeftOut(words: readonly Word[], index: number, style: Style): boolean {
	const [word, next] = [words[index], words[index + 1]];
	if (word?.key === ';' && !style.semicolons) {
		if (words[word.open ?? -1]?.key === '(') return false;
		return next === undefined || next.key === '}' || (next.startsLine && !CONTINUING.test(next.key));
	}
	if (!style.trailingCommas && isTrailingComma(words, index)) return true;
	return !style.arrowParentheses && isParameter(words, index);
}

/** The template's text as a formatter with this style writes it, but for where lines break. */
function restyle(code: string, style: Style): string {
	const words = wordsOf(code);
	let [text, at] = ['', 0];
	for (const [index, word] of words.entries()) {
		const gap = code.slice(at, word.start);
		const isClosed = index > 0 && isInline(code, words, index - 1) && !style.bracketSpacing;
		text += isClosed ? '' : indented(gap, style);
		const source = code.slice(word.start, word.end);
		if (word.isComment) text += indented(source, style);
		else if (word.type === 'StringLiteral') text += requote(source, style);
		else if (!isLeftOut(words, index, style)) text += source;
		at = word.end;
	}
	return text + code.slice(at);
}

function mergeLines(yours: string, base: string, next: string): Formatted {
	const [a, o, b] = [yours.split('\n'), base.split('\n'), next.split('\n')];
	const regions = diff3Merge(a, o, b);
	// Where both differ from the base, the file does so in its formatting alone.
	const lines = regions.flatMap(({ ok, conflict }) => ok ?? conflict?.b ?? []);
	return { text: lines.join('\n'), needsFormatter: regions.some(({ conflict }) => conflict !== undefined) };
}

/**
 * The new template in the formatting of a file that was made from the old one, line by line: what did not change stays as it is.
 * `yours` is the old template give or take its formatting.
 */
export function keepFormatting(yours: string, base: string, next: string): Formatted {
	if (yours === base) return { text: next, needsFormatter: false };
	const isCrlf = yours.includes('\r\n');
	const own = isCrlf ? yours.replaceAll('\r\n', '\n') : yours;
	const alignment = alignCode(base, own);
	if (alignment === undefined) return { text: next, needsFormatter: true };
	const style = readStyle(base, own, alignment);
	const [styledBase, styledNext] = [restyle(base, style), restyle(next, style)];
	const merged = mergeLines(own, styledBase, styledNext);
	const text = [merged.text, styledNext].find((candidate) => isSameCode(next, candidate)) ?? next;
	const needsFormatter =
		text !== merged.text || merged.needsFormatter || hasWideLines(base, next, alignment, style.indent);
	return { text: isCrlf ? text.replaceAll('\n', '\r\n') : text, needsFormatter };
}
