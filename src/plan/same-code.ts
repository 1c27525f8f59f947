import { type Word, wordsOf } from './code-words.ts';

/** For each word of the template the index of the same one in the file; undefined for one that a formatter dropped. */
export interface Alignment {
	readonly template: readonly Word[];
	readonly file: readonly Word[];
	readonly matches: readonly (number | undefined)[];
}

/** A statement that begins with one of these would continue the line before it. */
export const CONTINUING = /^(?:[([`+\-*/%,.?:<>=&|^]|(?:in|instanceof|as|satisfies|is|of|extends)$)/;
/** The end of the line behind one of these ends the statement, or changes what the word means. */
const RESTRICTED = new Set(['return', 'throw', 'break', 'continue', 'yield', 'async']);
/** A name behind them belongs to them, or does not where the line ends. */
const MODIFIERS = new Set([
	'get',
	'set',
	'static',
	'accessor',
	'readonly',
	'declare',
	'abstract',
	'public',
	'private',
	'protected',
	'override',
	'type',
	'interface',
	'namespace',
	'module',
	'let',
	'using',
	'await',
	'asserts',
	'unique',
	'infer',
]);
const OPERATORS = new Set([
	'in',
	'of',
	'new',
	'typeof',
	'void',
	'delete',
	'instanceof',
	'keyof',
	'is',
	'as',
	'satisfies',
	'extends',
]);
/** What is behind its parentheses is a statement of its own. */
const HEADS = new Set(['if', 'while', 'for', 'with']);
const CLOSING = new Set([')', ']', '}', '>']);
/** Before a union's or intersection's first member, where a formatter may put one more `|` or `&`. */
const BEFORE_MEMBER = new Set(['=', ':', '<', 'as', 'satisfies']);
/** Before the brace of an object or a type: a block never stands behind one of them. */
const BEFORE_OBJECT = new Set([
	'(',
	'[',
	',',
	'=',
	':',
	'?',
	'??',
	'||',
	'&&',
	'return',
	'import',
	'export',
	'type',
	'<',
	'const',
	'let',
	'&',
	'|',
	'extends',
]);

class Aligner {
	private t = 0;
	private f = 0;
	private readonly matches: (number | undefined)[] = [];
	/** Words of the template that a formatter dropped, and those of the file that it added, each with its pair. */
	private readonly dropped = new Set<number>();
	/** Index in the file -> the word of the template before which it has to stand. */
	private readonly added = new Map<number, number>();
	private readonly template: readonly Word[];
	private readonly file: readonly Word[];

	constructor(template: readonly Word[], file: readonly Word[]) {
		this.template = template;
		this.file = file;
	}

	align(): Alignment | undefined {
		while (this.t < this.template.length || this.f < this.file.length) {
			if (!(this.closeAdded() || this.match() || this.drop() || this.add())) return undefined;
		}
		return { template: this.template, file: this.file, matches: this.matches };
	}

	/** The next word that is code; `words` is one of the two lists. */
	private codeAt(words: readonly Word[], index: number): number {
		let at = index;
		while (words[at]?.isComment === true) at++;
		return at;
	}

	private codeBefore(words: readonly Word[], index: number): number {
		let at = index - 1;
		while (words[at]?.isComment === true) at--;
		return at;
	}

	private keyBefore(words: readonly Word[], index: number): string {
		return words[this.codeBefore(words, index)]?.key ?? '';
	}

	/** Whether the next code of the file is on another line than the code before `index`. */
	private breaksLine(index: number): boolean {
		const next = this.codeAt(this.file, index);
		return this.file.slice(index, next + 1).some(({ startsLine }) => startsLine);
	}

	private drops(index: number): boolean {
		this.matches[index] = undefined;
		this.t = Math.max(this.t, index + 1);
		return true;
	}

	private closeAdded(): boolean {
		const before = this.added.get(this.f);
		if (before === undefined) return false;
		// A semicolon that is dropped before the brace still waits for its turn.
		while (this.t < before && this.dropSemicolon());
		if (this.t !== before) return false;
		this.added.delete(this.f);
		this.f++;
		return true;
	}

	private match(): boolean {
		const [word, own] = [this.template[this.t], this.file[this.f]];
		if (word === undefined || own === undefined || this.dropped.has(this.t)) return false;
		const isDelimiter = word.key === ';' && own.key === ',' && this.isTypeLiteral(this.opened());
		if (!isDelimiter && (word.key !== own.key || (word.type !== own.type && !word.isComment))) return false;
		if (word.isGlued !== own.isGlued && !own.startsLine) return false;
		if (own.startsLine !== word.startsLine && !this.mayStartLine(word)) return false;
		this.matches[this.t++] = this.f++;
		return true;
	}

	/** Whether the word means the same on a line of its own. */
	private mayStartLine(word: Word): boolean {
		const before = this.template[this.t - 1];
		if (before === undefined || before.isComment || word.isComment) return true;
		const isValue = /[\w$)\]}"'`]$/.test(before.key) || before.type === 'StringLiteral';
		if (isValue && (/^(?:[[(!]|\+\+|--)$/.test(word.key) || word.key.startsWith('`'))) return false;
		if (/^(?:=>|as|satisfies|is)$/.test(word.key)) return false;
		const own = this.file[this.f - 1];
		if (own?.key === '(' || before.type !== 'IdentifierName') return true;
		return !RESTRICTED.has(before.key) && !MODIFIERS.has(before.key);
	}

	private drop(): boolean {
		const key = this.template[this.t]?.key;
		if (this.dropped.has(this.t)) return this.drops(this.t);
		if (this.template[this.t]?.type !== 'Punctuator') return false;
		if (key === ';') return this.dropSemicolon();
		if (key === ',') return this.dropComma();
		if (key === '|' || key === '&')
			return BEFORE_MEMBER.has(this.keyBefore(this.template, this.t)) && this.drops(this.t);
		if (key === '{') return this.dropBraces();
		return key === '(' && this.dropParentheses();
	}

	/** Around a single statement. */
	private dropBraces(): boolean {
		const { template, t } = this;
		const close = template[t]?.pair;
		if (close === undefined || !this.isHead(template, t) || this.behindStatement(t + 1) !== close) return false;
		// An else would go to the inner if.
		if (template[t + 1]?.key === 'if' && template[close + 1]?.key === 'else') return false;
		this.dropped.add(close);
		return this.drops(t);
	}

	private dropSemicolon(): boolean {
		const { template, file, t, f } = this;
		if (template[t]?.key !== ';') return false;
		const next = file[this.codeAt(file, f)];
		if (next !== undefined && next.key !== '}' && !(this.breaksLine(f) && !CONTINUING.test(next.key))) return false;
		const before = template[this.codeBefore(template, t)];
		if (before === undefined || MODIFIERS.has(before.key) || OPERATORS.has(before.key) || this.isHead(template, t))
			return false;
		const open = template[t]?.open;
		return (open === undefined || template[open]?.key === '{') && this.drops(t);
	}

	private dropComma(): boolean {
		const next = this.template[this.codeAt(this.template, this.t + 1)]?.key ?? '';
		const before = this.keyBefore(this.template, this.t);
		return CLOSING.has(next) && before !== '[' && before !== ',' && this.drops(this.t);
	}

	/** Around the only parameter of an arrow function, around its body, and around what is returned. */
	private dropParentheses(): boolean {
		const { template, t } = this;
		const close = template[t]?.pair;
		const saysNothing =
			this.isOnlyParameter(template, t) || this.isArrowBody(template, t) || this.isWholeStatement(template, t);
		if (close === undefined || !saysNothing) return false;
		this.dropped.add(close);
		return this.drops(t);
	}

	private isOnlyParameter(words: readonly Word[], open: number): boolean {
		const close = words[open]?.pair;
		return close === open + 2 && words[open + 1]?.type === 'IdentifierName' && words[close + 1]?.key === '=>';
	}

	/** Neither an object, which would be a block without them, nor a list, of which only the first would be the body. */
	private isArrowBody(words: readonly Word[], open: number): boolean {
		const close = words[open]?.pair;
		if (close === undefined || words[open - 1]?.key !== '=>' || words[open + 1]?.key === '{') return false;
		const isList = words.slice(open, close).some((word) => word.open === open && word.key === ',');
		return !isList && /^[,;)\]}]$/.test(words[close + 1]?.key ?? ';');
	}

	private isWholeStatement(words: readonly Word[], open: number): boolean {
		const [before, close] = [words[open - 1]?.key, words[open]?.pair];
		if (close === undefined || (before !== 'return' && before !== 'throw')) return false;
		const next = words[close + 1];
		return (
			next === undefined || next.key === ';' || next.key === '}' || (next.startsLine && !CONTINUING.test(next.key))
		);
	}

	private add(): boolean {
		const key = this.file[this.f]?.key;
		if (this.file[this.f]?.type !== 'Punctuator') return false;
		if (key === ',') return this.mayAddComma() && this.adds();
		if (key === ';') return this.mayAddSemicolon() && this.adds();
		if (key === '|' || key === '&') return this.mayAddMember(key) && this.adds();
		if (key === '(') return this.addParentheses();
		return key === '{' && this.addBraces();
	}

	private adds(): boolean {
		this.f++;
		return true;
	}

	/** The bracket of the template that is open here. */
	private opened(): Word | undefined {
		const { template, t } = this;
		const open = template[t]?.open;
		// A closing bracket stands in its own pair.
		const own = template[t]?.pair;
		return own !== undefined && own < t ? template[own] : open === undefined ? undefined : template[open];
	}

	private isObject(open: Word): boolean {
		return open.key === '{' && BEFORE_OBJECT.has(this.keyBefore(this.template, this.template.indexOf(open)));
	}

	/** Behind the last of several lines. */
	private mayAddComma(): boolean {
		const { template, t, f } = this;
		const at = this.codeAt(template, t);
		const next = template[at]?.key ?? '';
		// As prettier writes `<T,>(`, which is no JSX.
		if (next === '>') return template[at - 1]?.type === 'IdentifierName' && template[at + 1]?.key === '(';
		const open = this.opened();
		if (open === undefined || !/^[)\]}]$/.test(next) || !this.breaksLine(f + 1)) return false;
		const before = this.keyBefore(template, t);
		if (before === ',' || before === open.key || before === ';') return false;
		const place = template.indexOf(open);
		const ahead = template[place - 2]?.key.endsWith('.') ? 'name' : this.keyBefore(template, place);
		if (open.key === '{') return this.isObject(open);
		const isCallee = ahead !== '=>' && /[\w$)\]>]$/.test(ahead);
		if (open.key === '[') return !isCallee || /^(?:return|const|let|of|in|await)$/.test(ahead);
		return (
			(isCallee && !HEADS.has(ahead) && !/^(?:return|switch|catch|await|typeof|throw)$/.test(ahead)) ||
			template[(open.pair ?? 0) + 1]?.key === '=>'
		);
	}

	/** Behind the last member of a type that was on one line. */
	private mayAddSemicolon(): boolean {
		const { template, t, f } = this;
		if (template[t]?.key !== '}' || this.keyBefore(template, t) === ';' || !this.breaksLine(f + 1)) return false;
		return this.isTypeLiteral(this.opened());
	}

	private isTypeLiteral(open: Word | undefined): boolean {
		if (open === undefined || !this.isObject(open)) return false;
		const at = this.template.indexOf(open);
		const own = this.template.slice(at + 1, open.pair).filter((word) => word.open === at);
		return own.some(({ key }, n) => key === ';' || (key === '?' && own[n + 1]?.key === ':'));
	}

	private mayAddMember(key: string): boolean {
		const { template, t, file, f } = this;
		if (file[f]?.startsLine !== true || !BEFORE_MEMBER.has(this.keyBefore(template, t))) return false;
		if (this.keyBefore(template, t) === '=' && template[this.codeBefore(template, t) - 2]?.key !== 'type') return false;
		const open = template[t]?.open;
		for (let at = t; at < template.length; at++) {
			const word = template[at];
			if (word === undefined || word.open !== open) continue;
			if (word.key === key) return true;
			if (/^[;,=)\]}]$/.test(word.key) && word.pair === undefined) return false;
		}
		return false;
	}

	private addParentheses(): boolean {
		const { template, file, t, f } = this;
		const close = file[f]?.pair;
		if (close === undefined) return false;
		if (this.isOnlyParameter(file, f)) {
			if (template[t + 1]?.key !== '=>') return false;
			this.added.set(close, t + 1);
		} else if (this.isWholeStatement(file, f)) {
			this.added.set(close, this.statementEnd(t));
		} else return false;
		return this.adds();
	}

	/** The index of the `;` or the closing brace at which an expression statement ends. */
	private statementEnd(start: number): number {
		const open = this.template[start]?.open;
		let at = start;
		while (at < this.template.length && !(this.template[at]?.open === open && this.template[at]?.key === ';')) at++;
		return at;
	}

	private addBraces(): boolean {
		const close = this.file[this.f]?.pair;
		if (close === undefined || !this.isHead(this.template, this.t)) return false;
		this.added.set(close, this.behindStatement(this.t));
		return this.adds();
	}

	/** Whether what begins at the index is the statement of an `if`, a loop or an `else`. */
	private isHead(words: readonly Word[], index: number): boolean {
		const before = this.codeBefore(words, index);
		const key = words[before]?.key;
		if (key === 'else' || key === 'do') return true;
		const open = words[before]?.pair;
		if (key !== ')' || open === undefined) return false;
		const [head = '', ahead = ''] = [words[open - 1]?.key, words[open - 2]?.key];
		if (head === 'while' && ahead === '}') return !this.endsLoop(words, open - 2);
		return HEADS.has(head) || (head === 'await' && ahead === 'for');
	}

	/** Whether the block that ends here belongs to a `do`. */
	private endsLoop(words: readonly Word[], close: number): boolean {
		return words[(words[close]?.pair ?? 0) - 1]?.key === 'do';
	}

	/** The index behind one statement of the template, which ends each with a semicolon or a block. */
	private behindStatement(start: number): number {
		const { template } = this;
		const at = this.codeAt(template, start);
		const key = template[at]?.key ?? '';
		if (key === '{') return (template[at]?.pair ?? at) + 1;
		if (HEADS.has(key)) {
			const head = template[at + 1]?.key === 'await' ? at + 2 : at + 1;
			const behind = this.behindStatement((template[head]?.pair ?? head) + 1);
			const next = this.codeAt(template, behind);
			return key === 'if' && template[next]?.key === 'else' ? this.behindStatement(next + 1) : behind;
		}
		if (key === 'try') {
			let behind = (template[at + 1]?.pair ?? at) + 1;
			while (/^(?:catch|finally)$/.test(template[behind]?.key ?? '')) {
				const block = template[behind + 1]?.key === '(' ? (template[behind + 1]?.pair ?? behind) + 1 : behind + 1;
				behind = (template[block]?.pair ?? block) + 1;
			}
			return behind;
		}
		return this.statementEnd(at) + 1;
	}
}

/**
 * Pairs the words of a file with those of the template that it was made from, if it is that template give or take what
 * formatters do: white space, line ends, quotes, semicolons, trailing commas, and parentheses and braces that say nothing.
 * Undefined where in doubt: a file is rather taken for edited than overwritten.
 */
export function alignCode(template: string, file: string): Alignment | undefined {
	return new Aligner(wordsOf(template), wordsOf(file)).align();
}

/** No formatter adds or drops one; to compare them takes a fraction of the time that words take. */
function lettersAndDigits(code: string): string {
	return code.replaceAll(/\W+/g, '');
}

export function isSameCode(template: string, file: string): boolean {
	if (template === file) return true;
	return lettersAndDigits(template) === lettersAndDigits(file) && alignCode(template, file) !== undefined;
}
