import {
	behindStatement,
	codeAt,
	codeBefore,
	CONTINUING,
	endOf,
	isBody,
	isList,
	isOnlyParameter,
	isTypeLiteral,
	isWholeValue,
	keyBefore,
	openedAt,
} from './code-syntax.ts';
import { type Word, wordsOf } from './code-words.ts';

/** For each word of the template the index of the same one in the file; undefined for one that a formatter dropped. */
export interface Alignment {
	readonly template: readonly Word[];
	readonly file: readonly Word[];
	readonly matches: readonly (number | undefined)[];
}

/** The end of the line behind one of these ends the statement, or changes what the word means. */
const RESTRICTED = new Set(['return', 'throw', 'break', 'continue', 'yield', 'async']);
/** A name behind them belongs to them, or does not where the line ends. */
const MODIFIERS = new Set([
	...'get set static accessor readonly declare abstract public private protected override'.split(' '),
	...'type interface namespace module let using await asserts unique infer'.split(' '),
]);
const OPERATORS = new Set('in of new typeof void delete instanceof keyof is as satisfies extends'.split(' '));
const CLOSING = new Set([')', ']', '}', '>']);
/** Before a union's or intersection's first member, where a formatter may put one more `|` or `&`. */
const BEFORE_MEMBER = new Set(['=', ':', '<', 'as', 'satisfies']);
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

	/** Whether the next code of the file is on another line than the code before `index`. */
	private breaksLine(index: number): boolean {
		const next = codeAt(this.file, index);
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
		if (word === undefined || own === undefined || this.dropped.has(this.t) || this.added.has(this.f)) return false;
		const isSame = word.key === own.key && (word.type === own.type || word.isComment);
		if (!isSame && !this.isDelimiter(word, own)) return false;
		if (word.isGlued !== own.isGlued && !own.startsLine) return false;
		if (own.startsLine !== word.startsLine && !this.mayStartLine(word)) return false;
		this.matches[this.t++] = this.f++;
		return true;
	}

	private isDelimiter(word: Word, own: Word): boolean {
		return word.key === ';' && own.key === ',' && isTypeLiteral(this.template, openedAt(this.template, this.t));
	}

	/** Whether the word means the same on a line of its own. */
	private mayStartLine(word: Word): boolean {
		const before = this.template[this.t - 1];
		if (before === undefined || before.isComment || word.isComment) return true;
		const isValue = /[\w$)\]}"'`]$/.test(before.key) || before.type === 'StringLiteral';
		if (isValue && (/^(?:[[(!]|\+\+|--)$/.test(word.key) || word.key.startsWith('`'))) return false;
		// Type arguments; a comparison has a blank before it.
		if (word.key === '<' && word.start === before.end) return false;
		if (/^(?:=>|as|satisfies|is|extends)$/.test(word.key)) return false;
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
		if (key === '|' || key === '&') return BEFORE_MEMBER.has(keyBefore(this.template, this.t)) && this.drops(this.t);
		if (key === '{') return this.dropBraces();
		return key === '(' && this.dropParentheses();
	}

	/** Around a single statement. */
	private dropBraces(): boolean {
		const { template, t } = this;
		const close = template[t]?.pair;
		if (close === undefined || !isBody(template, t) || behindStatement(template, t + 1) !== close) return false;
		// An else would go to the inner if.
		if (template[t + 1]?.key === 'if' && template[close + 1]?.key === 'else') return false;
		this.dropped.add(close);
		return this.drops(t);
	}

	private dropSemicolon(): boolean {
		const { template, file, t, f } = this;
		if (template[t]?.key !== ';') return false;
		const next = file[codeAt(file, f)];
		if (next !== undefined && next.key !== '}' && !(this.breaksLine(f) && !CONTINUING.test(next.key))) return false;
		const before = template[codeBefore(template, t)];
		if (before === undefined || MODIFIERS.has(before.key) || OPERATORS.has(before.key) || isBody(template, t))
			return false;
		const open = template[t]?.open;
		return (open === undefined || template[open]?.key === '{') && this.drops(t);
	}

	private dropComma(): boolean {
		const next = this.template[codeAt(this.template, this.t + 1)]?.key ?? '';
		const before = keyBefore(this.template, this.t);
		return CLOSING.has(next) && before !== '[' && before !== ',' && this.drops(this.t);
	}

	private dropParentheses(): boolean {
		const { template, t } = this;
		const close = template[t]?.pair;
		if (close === undefined || !(isOnlyParameter(template, t) || isWholeValue(template, t))) return false;
		this.dropped.add(close);
		return this.drops(t);
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

	/** Behind the last of several lines. */
	private mayAddComma(): boolean {
		const { template, t, f } = this;
		const at = codeAt(template, t);
		const next = template[at]?.key ?? '';
		// As prettier writes `<T,>(`, which is no JSX.
		if (next === '>') return template[at - 1]?.type === 'IdentifierName' && template[at + 1]?.key === '(';
		if (!/^[)\]}]$/.test(next) || !this.breaksLine(f + 1)) return false;
		const open = openedAt(template, t);
		const before = codeBefore(template, t);
		return before !== open && !/^[,;]$/.test(template[before]?.key ?? '') && isList(template, open);
	}

	/** Behind the last member of a type that was on one line. */
	private mayAddSemicolon(): boolean {
		const { template, t, f } = this;
		if (template[t]?.key !== '}' || keyBefore(template, t) === ';' || !this.breaksLine(f + 1)) return false;
		return isTypeLiteral(template, openedAt(template, t));
	}

	private mayAddMember(key: string): boolean {
		const { template, t, file, f } = this;
		if (file[f]?.startsLine !== true || !BEFORE_MEMBER.has(keyBefore(template, t))) return false;
		if (keyBefore(template, t) === '=' && template[codeBefore(template, t) - 2]?.key !== 'type') return false;
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
		if (isOnlyParameter(file, f)) {
			if (template[t + 1]?.key !== '=>') return false;
			this.added.set(close, t + 1);
		} else if (isWholeValue(file, f)) {
			this.added.set(close, endOf(template, t, /^[,;]$/));
		} else return false;
		return this.adds();
	}

	private addBraces(): boolean {
		const { template, file, t, f } = this;
		const close = file[f]?.pair;
		if (close === undefined || !isBody(template, t)) return false;
		this.added.set(close, behindStatement(template, t));
		return this.adds();
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
