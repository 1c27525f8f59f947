import type { Word } from './code-words.ts';

/** A statement that begins with one of these would continue the line before it. */
export const CONTINUING = /^(?:[([`+\-*/%,.?:<>=&|^]|(?:in|instanceof|as|satisfies|is|of|extends)$)/;

type Words = readonly Word[];

/** What is behind its parentheses is a statement of its own. */
const HEADS = new Set(['if', 'while', 'for', 'with']);

/** Before the brace of an object or a type: a block never stands behind one of them. */
const BEFORE_OBJECT = new Set(
	'( [ , = : ? ?? || && return import export type < const let & | extends as satisfies'.split(' '),
);
/** Before the parentheses or brackets of a value, where a name would have those of a call. */
const BEFORE_VALUE = new Set(
	'return switch catch await typeof throw new void delete in of instanceof case else do yield as extends'.split(' '),
);

/** The next word that is code. */
export function codeAt(words: Words, index: number): number {
	let at = index;
	while (words[at]?.isComment === true) at++;
	return at;
}

export function codeBefore(words: Words, index: number): number {
	let at = index - 1;
	while (words[at]?.isComment === true) at--;
	return at;
}

export function keyBefore(words: Words, index: number): string {
	return words[codeBefore(words, index)]?.key ?? '';
}

/** The index of the bracket that is open here. */
export function openedAt(words: Words, index: number): number {
	// A closing bracket stands in its own pair.
	const { pair, open } = words[index] ?? {};
	return (pair !== undefined && pair < index ? pair : open) ?? -1;
}

export function isTrailingComma(words: Words, index: number): boolean {
	return words[index]?.key === ',' && /^[)\]}]$/.test(words[index + 1]?.key ?? '');
}

/** Whether what begins at the index is the statement of an `if`, a loop or an `else`. */
export function isBody(words: Words, index: number): boolean {
	const before = codeBefore(words, index);
	const { key, pair: open } = words[before] ?? {};
	if (key === 'else' || key === 'do') return true;
	if (key !== ')' || open === undefined) return false;
	const [head = '', ahead = ''] = [words[open - 1]?.key, words[open - 2]?.key];
	if (head === 'while' && ahead === '}') return words[(words[open - 2]?.pair ?? 0) - 1]?.key !== 'do';
	return HEADS.has(head) || (head === 'await' && ahead === 'for');
}

/** The index of the first of these signs, or of the closing bracket, at which the code that begins here ends. */
export function endOf(words: Words, start: number, signs: RegExp): number {
	const open = words[start]?.open;
	const close = words[open ?? -1]?.pair ?? words.length;
	const end = words.findIndex((word, at) => at >= start && at < close && word.open === open && signs.test(word.key));
	return end === -1 ? close : end;
}

/** The index behind one statement of a template, which ends each with a semicolon or a block. */
export function behindStatement(words: Words, start: number): number {
	const at = codeAt(words, start);
	const key = words[at]?.key ?? '';
	const behindPair = (index: number) => (words[index]?.pair ?? index) + 1;
	if (key === '{') return behindPair(at);
	if (HEADS.has(key)) {
		const behind = behindStatement(words, behindPair(words[at + 1]?.key === 'await' ? at + 2 : at + 1));
		const next = codeAt(words, behind);
		return key === 'if' && words[next]?.key === 'else' ? behindStatement(words, next + 1) : behind;
	}
	if (key === 'try') {
		let behind = behindPair(at + 1);
		while (/^(?:catch|finally)$/.test(words[behind]?.key ?? '')) {
			behind = behindPair(words[behind + 1]?.key === '(' ? behindPair(behind + 1) : behind + 1);
		}
		return behind;
	}
	return endOf(words, at, /^;$/) + 1;
}

/** The word to which a colon belongs: `?` of a ternary, `case`, or what is before a name with a type. */
function colonHead(words: Words, colon: number): string {
	const open = words[colon]?.open;
	const heads = /^(?:[?,;=]|case|default)$/;
	const start = words.findLastIndex(({ key, open: own }, at) => at < colon && own === open && heads.test(key));
	// `a?: B`
	return start + 1 === colon && words[start]?.key === '?' ? '' : (words[start]?.key ?? '');
}

/** What stands before parentheses that may be around a whole value. */
function beforeValue(words: Words, open: number): string | undefined {
	const [before = '', word] = [words[open - 1]?.key, words[open]];
	if (word?.key !== '(' || (before === ':' && colonHead(words, open - 1) !== '?')) return undefined;
	return word.startsLine && /^(?:return|throw)$/.test(before) ? undefined : before;
}

/** Whether the parentheses are around the only parameter of an arrow function. */
export function isOnlyParameter(words: Words, open: number): boolean {
	const close = words[open]?.pair;
	if (close !== open + 2 || beforeValue(words, open) === undefined) return false;
	return words[open + 1]?.type === 'IdentifierName' && words[close + 1]?.key === '=>';
}

/**
 * Whether the parentheses are around all that is returned or thrown, the body of an arrow function or the last part of a ternary:
 * neither an object, which may be a block without them, nor a list, of which only the first would be in its place.
 */
export function isWholeValue(words: Words, open: number): boolean {
	const close = words[open]?.pair;
	if (close === undefined || !/^(?:return|throw|=>|:)$/.test(beforeValue(words, open) ?? '')) return false;
	if (/^(?:\{|function|class|async|let)$/.test(words[open + 1]?.key ?? '')) return false;
	if (words.slice(open, close).some((word) => word.open === open && word.key === ',')) return false;
	const next = words[close + 1];
	return next === undefined || /^[,;)\]}]$/.test(next.key) || (next.startsLine && !CONTINUING.test(next.key));
}

export function isObject(words: Words, open: number): boolean {
	const before = keyBefore(words, open);
	if (words[open]?.key !== '{' || !BEFORE_OBJECT.has(before)) return false;
	return before !== ':' || !/^(?:case|default)$/.test(colonHead(words, codeBefore(words, open)));
}

export function isTypeLiteral(words: Words, open: number): boolean {
	if (words[open - 2]?.key === 'interface') return true;
	if (!isObject(words, open)) return false;
	const own = words.slice(open + 1, words[open]?.pair).filter((word) => word.open === open);
	return own.some(({ key }, n) => key === ';' || (key === '?' && own[n + 1]?.key === ':'));
}

/** Behind the rest of a list of parameters or of a pattern, a comma breaks the file. */
function endsInRest(words: Words, open: number): boolean {
	const { pair = open } = words[open] ?? {};
	const last = words.slice(open, pair).findLast((word) => word.open === open && /^(?:,|\.\.\.)$/.test(word.key));
	const next = words[pair + 1]?.key ?? '';
	if (last?.key !== '...') return false;
	return next === ':' ? colonHead(words, pair + 1) !== '?' : /^(?:=|=>|\{|of|in)$/.test(next);
}

/** Whether the brackets hold a list of values or names, behind the last of which a comma says nothing. */
export function isList(words: Words, open: number): boolean {
	const { key, pair = 0 } = words[open] ?? {};
	if (endsInRest(words, open)) return false;
	if (key === '{') return isObject(words, open) && !words.some((word) => word.open === open && word.key === ';');
	const ahead = words[open - 2]?.key.endsWith('.') ? 'name' : keyBefore(words, open);
	const isCallee = ahead !== '=>' && /(?:[\w$)\]>]|\?\.)$/.test(ahead);
	// The computed name of a property.
	if (key === '[' && /^[{,;]$/.test(ahead) && /^[:(?]$/.test(words[pair + 1]?.key ?? '')) return false;
	if (key === '[') return !isCallee || /^(?:return|const|let|of|in|await)$/.test(ahead);
	return words[pair + 1]?.key === '=>' || (isCallee && !HEADS.has(ahead) && !BEFORE_VALUE.has(ahead));
}
