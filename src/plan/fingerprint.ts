import type Crypto from 'node:crypto';
import jsTokens from 'js-tokens';
import type { Token } from 'js-tokens';

/** `content` holds one character per byte, as the contents of all files do here. */
export function sha256(content: string): string {
	// Loaded at its first use: most runs need none.
	const { createHash } = require('node:crypto') as typeof Crypto;
	return createHash('sha256').update(content, 'latin1').digest('hex');
}

const OPENING = new Set(['(', '[', '{']);

const CLOSING = new Set([')', ']', '}', '>']);

/** A statement that begins with one of these would continue the line before it, so the semicolon between them counts. */
const CONTINUING = /^[([`+\-*/%,.?:<>=&|^]/;

/** The end of the line behind one of these ends the statement. */
const RESTRICTED = new Set(['return', 'throw', 'break', 'continue', 'yield', 'async']);

/** A semicolon behind one of these, or behind its parentheses, is a statement that does nothing. */
const HEADS = new Set(['if', 'while', 'for', 'with', 'else', 'do']);

/** Before a union's or intersection's first member, where a formatter may put one more `|` or `&`. */
const BEFORE_MEMBER = new Set(['=', ':', '(', '<', ',', '[', '=>', 'as', 'satisfies', 'extends']);

const LINE_END = '\n';

interface Bracket {
	readonly value: string;
	/** The code in front of it. */
	readonly before: string;
	/** Its place among the tokens that count. */
	readonly index: number;
}

/** Where a token stands among those that count. */
interface Surroundings {
	readonly previous: string;
	readonly next: string;
	/** The innermost bracket that is open. */
	readonly open: Bracket | undefined;
	/** The opening one of the brackets that were closed last. */
	readonly closed: Bracket | undefined;
	readonly endsLine: boolean;
}

const isLineEnd = ({ type }: Token) => type === 'LineTerminatorSequence';

const isComment = ({ type }: Token) => type === 'SingleLineComment' || type === 'MultiLineComment';

const isCode = (token: Token) => !isLineEnd(token) && !isComment(token);

function normalize(token: Token): string {
	const { type, value } = token;
	if (type === 'StringLiteral') {
		const text = value.slice(1, token.closed ? -1 : undefined);
		return `"${text.replaceAll(/\\([^])/g, (escape, character) => (/['"]/.test(character) ? character : escape))}`;
	}
	if (isComment(token)) {
		return value
			.split(/\r\n|[\n\r]/)
			.map((line) => line.trim())
			.join('\n');
	}
	return type.includes('Template') ? value.replaceAll(/\r\n?/g, '\n') : value;
}

/** For each token the next one that is code; empty at the end. */
function codeAhead(tokens: readonly Token[]): string[] {
	const ahead: string[] = [];
	let next = '';
	for (const token of tokens.toReversed()) {
		ahead.push(next);
		if (isCode(token)) next = token.value;
	}
	return ahead.toReversed();
}

function readLineEnd({ previous, next }: Surroundings): string[] {
	const isPostfix = (next === '++' || next === '--') && /[\w$)\]]$/.test(previous);
	return isPostfix || (RESTRICTED.has(previous) && next !== '}' && next !== '') ? [LINE_END] : [];
}

function readSemicolon(surroundings: Surroundings): string[] {
	const { previous, next, open, closed } = surroundings;
	if (RESTRICTED.has(previous)) return readLineEnd(surroundings);
	const isEmptyStatement =
		HEADS.has(previous) || (previous === ')' && closed !== undefined && HEADS.has(closed.before));
	return isEmptyStatement || open?.value === '(' || CONTINUING.test(next) ? [';'] : [];
}

/** What counts of a token: nothing, where a formatter may add or drop it without a change of meaning. */
function readToken(token: Token, surroundings: Surroundings): string[] {
	const { previous, next } = surroundings;
	const { type, value } = token;
	if (isLineEnd(token)) return readLineEnd(surroundings);
	if (type !== 'Punctuator') return [normalize(token)];
	if (value === ';') return readSemicolon(surroundings);
	if (value === ',') return CLOSING.has(next) && previous !== '[' && previous !== ',' ? [] : [value];
	if (value === '|' || value === '&') return BEFORE_MEMBER.has(previous) ? [] : [value];
	// Two type arguments that end together are two tokens on two lines, and one on the same.
	return /^>+=?$/.test(value) ? [...value] : [value];
}

/** What is returned or thrown may stand in parentheses on lines of its own. */
function wrapsStatement({ before }: Bracket, { next, endsLine }: Surroundings): boolean {
	if (before !== 'return' && before !== 'throw') return false;
	return (
		next === ';' ||
		next === '}' ||
		next === '' ||
		(endsLine && !CONTINUING.test(next) && !/^(?:in|instanceof|!==?)$/.test(next))
	);
}

/** Takes back parentheses that say nothing: around the only parameter of an arrow function, and around what is returned. */
function dropParentheses(
	significant: string[],
	value: string,
	closed: Bracket | undefined,
	surroundings: Surroundings,
): void {
	const parameter = significant.at(-3) ?? '';
	// In `(x = f()) =>` the last pair belongs to the call.
	if (value === '=>' && significant.at(-2) === ')' && parameter !== ')' && significant.at(-4) === '(') {
		significant.splice(-4, 4, parameter, value);
	} else if (value === ')' && closed !== undefined && wrapsStatement(closed, surroundings)) {
		significant.pop();
		significant.splice(closed.index, 1);
	}
}

/** The code's tokens without what formatters change: white space, line ends, quotes, semicolons, trailing commas, parentheses. */
function significantTokens(code: string): string[] {
	const tokens = [...jsTokens(code)].filter(({ type }) => type !== 'WhiteSpace');
	const ahead = codeAhead(tokens);
	const [significant, brackets]: [string[], Bracket[]] = [[], []];
	let [previous, closed]: [string, Bracket | undefined] = ['', undefined];
	for (const [index, token] of tokens.entries()) {
		const { type, value } = token;
		const endsLine = tokens[index + 1]?.type === 'LineTerminatorSequence';
		const surroundings = { previous, next: ahead[index] ?? '', open: brackets.at(-1), closed, endsLine };
		const read = readToken(token, surroundings);
		if (type === 'Punctuator' && OPENING.has(value))
			brackets.push({ value, before: previous, index: significant.length });
		if (type === 'Punctuator' && CLOSING.has(value) && value !== '>') closed = brackets.pop();
		significant.push(...read);
		if (type === 'Punctuator') dropParentheses(significant, value, closed, surroundings);
		if (isComment(token)) continue;
		// The condition of a `do` ends its statement, that of a `while` begins one; `for await` is a `for`.
		if (value === 'while' && previous === '}' && closed?.before === 'do') previous = 'do while';
		else if (value !== 'await' || previous !== 'for') previous = read.at(-1) ?? previous;
	}
	return significant;
}

/**
 * 32 hex digits that stay the same when a formatter rewrites the code, and change with anything else.
 * Where in doubt they change: a file is rather taken for edited than overwritten.
 */
export function fingerprint(code: string): string {
	const text = significantTokens(code)
		.map((token) => `${token}\0`)
		.join('');
	return sha256(text).slice(0, 32);
}
