import jsTokens, { type Token } from 'js-tokens';

/** A token that is neither white space nor a line end. */
export interface Word {
	readonly type: Token['type'];
	/** As every formatter spells it. */
	readonly key: string;
	readonly start: number;
	readonly end: number;
	/** It is the first on its line. */
	readonly startsLine: boolean;
	/** It was one token with the word before: the second `>` of `>>`. */
	readonly isGlued: boolean;
	readonly isComment: boolean;
	/** A string, a template or a comment without its end. */
	readonly isUnclosed: boolean;
	/** Of a bracket, the index of the other one; of one without another, undefined. */
	pair: number | undefined;
	/** The index of the innermost bracket that is open where the word stands. */
	open: number | undefined;
}

export function isName({ type }: Pick<Word, 'type'>): boolean {
	return type === 'IdentifierName';
}

const CLOSING_OF: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

function isComment(type: Token['type']): boolean {
	return type === 'SingleLineComment' || type === 'MultiLineComment';
}

/** Whatever its quotes. */
export function spellString({ value, closed }: Token & { readonly type: 'StringLiteral' }): string {
	const text = value.slice(1, closed ? -1 : undefined);
	// One without its end is no text that another file has.
	return `${closed ? '"' : "'"}${text.replaceAll(/\\([^])/g, (escape, character) => (/['"]/.test(character) ? character : escape))}`;
}

function spell(token: Token): string {
	const { type, value } = token;
	if (token.type === 'StringLiteral') return spellString(token);
	if (isComment(type)) {
		return value
			.split(/\r\n|[\n\r]/)
			.map((line) => line.trim())
			.join('\n');
	}
	return type.includes('Template') ? value.replaceAll(/\r\n?/g, '\n') : value;
}

/** Two type arguments that end together are one token on one line, and two on two. */
function pieces(token: Token): readonly string[] {
	return token.type === 'Punctuator' && /^>{2,3}=?$/.test(token.value) ? [...token.value] : [spell(token)];
}

export function wordsOf(code: string): readonly Word[] {
	const words: Word[] = [];
	const open: number[] = [];
	let [at, startsLine] = [0, true];
	for (const token of jsTokens(code)) {
		const { type, value } = token;
		const end = at + value.length;
		if (type === 'LineTerminatorSequence') startsLine = true;
		if (type !== 'LineTerminatorSequence' && type !== 'WhiteSpace') {
			const parts = pieces(token);
			for (const [n, key] of parts.entries()) {
				const index = words.length;
				if (type === 'Punctuator' && Object.values(CLOSING_OF).includes(key)) {
					const opening = open.at(-1);
					if (opening !== undefined && CLOSING_OF[words[opening]?.key ?? ''] === key) {
						open.pop();
						(words[opening] as Word).pair = index;
					}
				}
				words.push({
					type,
					key,
					start: parts.length === 1 ? at : at + n,
					end: parts.length === 1 ? end : at + n + 1,
					startsLine: startsLine && n === 0,
					isGlued: n > 0,
					isComment: isComment(type),
					isUnclosed: 'closed' in token && !token.closed,
					pair: undefined,
					open: open.at(-1),
				});
				if (type === 'Punctuator' && key in CLOSING_OF) open.push(index);
			}
			startsLine = type === 'SingleLineComment' || (type === 'MultiLineComment' && /[\n\r]/.test(value));
		}
		at = end;
	}
	for (const [index, { pair }] of words.entries()) if (pair !== undefined) (words[pair] as Word).pair = index;
	return words;
}

/** The same words, with the indices of their brackets in the shorter list. */
export function withoutComments(words: readonly Word[]): readonly Word[] {
	const places = new Map<number, number>();
	for (const [n, { isComment }] of words.entries()) if (!isComment) places.set(n, places.size);
	const moved = (index: number | undefined) => (index === undefined ? undefined : places.get(index));
	return words
		.filter(({ isComment }) => !isComment)
		.map((word) => ({ ...word, pair: moved(word.pair), open: moved(word.open) }));
}
