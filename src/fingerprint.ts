import { createHash } from 'node:crypto';
import jsTokens, { type Token } from 'js-tokens';

const CLOSING = new Set([')', ']', '}', '>']);
/** A statement that begins with one of these would continue the line before it, so the semicolon between them counts. */
const CONTINUING = /^[([`+\-*/%,.?:<>=&|^]/;
/** After these a line break ends the statement. */
const RESTRICTED = new Set(['return', 'throw', 'break', 'continue', 'yield', 'async']);
/** Before a union's or intersection's first member, where a formatter may put one more `|` or `&`. */
const BEFORE_MEMBER = new Set(['=', ':', '(', '<', ',', '[', '=>']);

const isSpace = ({ type }: Token) => type === 'WhiteSpace' || type === 'LineTerminatorSequence';
const isComment = ({ type }: Token) => type === 'SingleLineComment' || type === 'MultiLineComment';

function normalize(token: Token): string {
	if (token.type === 'StringLiteral') {
		return `"${token.value.slice(1, token.closed ? -1 : undefined).replaceAll(/\\(['"])/g, '$1')}`;
	}
	if (isComment(token)) {
		return token.value
			.split(/\r\n|[\n\r]/)
			.map((line) => line.trim())
			.join('\n');
	}
	if (token.type.includes('Template')) return token.value.replaceAll(/\r\n?/g, '\n');
	return token.value;
}

/** Whether a formatter may add or drop this token without a change of meaning. */
function isOptional(value: string, previous: string | undefined, next: string, innermost: string | undefined): boolean {
	if (value === ',') return CLOSING.has(next);
	if (value === ';') return innermost !== '(' && !CONTINUING.test(next);
	return (value === '|' || value === '&') && previous !== undefined && BEFORE_MEMBER.has(previous);
}

/** The code's tokens without what formatters change: white space, line ends, quotes, semicolons, trailing commas, arrow parentheses. */
function significantTokens(code: string): string[] {
	const tokens = [...jsTokens(code)].filter(({ type }) => type !== 'WhiteSpace');
	const open: string[] = [];
	const significant: string[] = [];
	for (const [index, token] of tokens.entries()) {
		const { value } = token;
		if (isSpace(token)) {
			if (RESTRICTED.has(tokens[index - 1]?.value ?? '')) significant.push('\n');
			continue;
		}
		const next = tokens.slice(index + 1, index + 50).find((other) => !isSpace(other) && !isComment(other))?.value ?? '';
		if (token.type === 'Punctuator' && isOptional(value, significant.at(-1), next, open.at(-1))) continue;
		if (token.type === 'Punctuator' && '([{'.includes(value)) open.push(value);
		if (token.type === 'Punctuator' && ')]}'.includes(value)) open.pop();
		if (value === '=>' && significant.at(-1) === ')' && significant.at(-3) === '(') {
			significant.splice(-3, 3, significant.at(-2) ?? '');
		}
		significant.push(normalize(token));
	}
	return significant;
}

/**
 * 32 hex digits that stay the same when a formatter rewrites the code, and change with anything else.
 * Where in doubt they change: a file is rather taken for edited than overwritten.
 */
export function fingerprint(code: string): string {
	const hash = createHash('sha256');
	for (const token of significantTokens(code)) hash.update(`${token}\0`);
	return hash.digest('hex').slice(0, 32);
}
