import type { Contract } from '../ecosystem/flue-runtimes.ts';
import { isName, type Word, withoutComments, wordsOf } from './code-words.ts';
import { type ImportedModule, readExports, readImports } from './read-modules.ts';

/** What somebody's code tells about itself, whatever stands in its comments. */
export interface CodeFacts {
	/** Which methods the factory has: `createSandbox`, `createSessionEnv`, or both. */
	readonly factories: ReadonlySet<'driver' | 'session'>;
	/** In which unit deadlines are read. */
	readonly deadlines: ReadonlySet<'seconds' | 'milliseconds'>;
	/** Names of values; `*` where they cannot be told. */
	readonly exports: ReadonlySet<string>;
	readonly imports: readonly ImportedModule[];
	/** The names of this module's own that are called, and are declared nowhere in it; of those that were asked for. */
	readonly undeclared: readonly string[];
	/** Those of them that are declared more than once. */
	readonly declaredTwice: readonly string[];
	/** How many lines are equals signs alone, and no text or comment. */
	readonly equalsLines: number;
	/** The line of the first bracket, string or comment without its other end. */
	readonly brokenAt: number | undefined;
}

const DECLARING = new Set(['function', 'const', 'let', 'var', 'class', 'enum', 'interface', 'type', 'namespace', '*']);
/** What stands before a method or a property. */
const BEFORE_MEMBER = new Set([
	'{',
	',',
	';',
	'}',
	'async',
	'*',
	'static',
	'public',
	'private',
	'override',
	'readonly',
]);

function lineOf(code: string, at: number): number {
	return code.slice(0, at).split(/\r\n|[\n\r]/).length;
}

/** `=======` is read as `===`, `===` and `=`. */
function countEqualsLines(code: string, words: readonly Word[]): number {
	return words.filter(({ startsLine, start }) => startsLine && /^={7}\r?(?:\n|$)/.test(code.slice(start, start + 9)))
		.length;
}

function findBreak(code: string, words: readonly Word[]): number | undefined {
	const broken = words.find((word) => {
		if (word.type === 'Invalid' || word.isUnclosed) return true;
		return word.type === 'Punctuator' && /^[()[\]{}]$/.test(word.key) && word.pair === undefined;
	});
	return broken === undefined ? undefined : lineOf(code, broken.start);
}

/** Whether the object or the class has a member of this name. */
function hasMember(words: readonly Word[], name: string): boolean {
	return words.some((word, n) => {
		if (!isName(word) || word.key !== name) return false;
		const [before, after] = [words[n - 1]?.key ?? '', words[n + 1]];
		if (before === '.') return after?.key === '=';
		if (!BEFORE_MEMBER.has(before) || after === undefined) return false;
		if (after.key === '(') return /^[{:]$/.test(words[(after.pair ?? words.length) + 1]?.key ?? '');
		if (after.key === ':' || after.key === '=') return true;
		return /^[,}]$/.test(after.key) && !isTaken(words, word);
	});
}

/** Whether a name in braces is taken out of what follows them: `import { name } from`, `const { name } =`. */
function isTaken(words: readonly Word[], { open }: Word): boolean {
	const [close = words.length, before = ''] = [words[open ?? 0]?.pair, words[(open ?? 0) - 1]?.key];
	return /^(?:=|from)$/.test(words[close + 1]?.key ?? '') || /^(?:import|export|type)$/.test(before);
}

function readFactories(words: readonly Word[]): Set<'driver' | 'session'> {
	const factories = new Set<'driver' | 'session'>();
	if (hasMember(words, 'createSandbox')) factories.add('driver');
	if (hasMember(words, 'createSessionEnv')) factories.add('session');
	if (factories.size > 0) return factories;
	const calls = (name: string) => words.some(({ key }, n) => key === name && words[n + 1]?.key === '(');
	if (calls('sandboxFromDriver')) factories.add('driver');
	if (calls('createSandboxSessionEnv')) factories.add('session');
	return factories;
}

/** `options.timeout`, `options?.timeout` and `{ timeout }`, but neither `timeout: 5` nor an assignment. */
function readsTimeout(words: readonly Word[]): boolean {
	return words.some(({ key }, n) => {
		const [before = '', after = ''] = [words[n - 1]?.key, words[n + 1]?.key];
		if (key !== 'timeout') return false;
		if (before === '.' || before === '?.') return after !== '=' && after !== '(';
		return (before === '{' || before === ',') && [',', '}', '='].includes(after);
	});
}

function readDeadlines(words: readonly Word[]): Set<'seconds' | 'milliseconds'> {
	const units = new Set<'seconds' | 'milliseconds'>();
	if (readsTimeout(words)) units.add('seconds');
	if (words.some((word) => isName(word) && word.key === 'timeoutMs')) units.add('milliseconds');
	return units;
}

/** A call, or a constant in capitals: whatever else a name can be, it may be declared in a way that is not looked for. */
function isUse(words: readonly Word[], n: number): boolean {
	const { key = '' } = words[n] ?? {};
	const [before = '', after] = [words[n - 1]?.key, words[n + 1]];
	if (before === '.' || before === '?.' || DECLARING.has(before)) return false;
	if (/^[A-Z][A-Z\d_]+$/.test(key)) return after?.key !== ':';
	return after?.key === '(' && !/^[{:]$/.test(words[(after.pair ?? words.length) + 1]?.key ?? '');
}

function findUndeclared(words: readonly Word[], own: readonly string[]): string[] {
	const wanted = new Set(own);
	const declared = new Set(words.flatMap((word, n) => (DECLARING.has(words[n - 1]?.key ?? '') ? [word.key] : [])));
	const used = words.filter((word, n) => isName(word) && wanted.has(word.key) && isUse(words, n)).map(({ key }) => key);
	const imported = words.filter((word) => isTaken(words, word) && word.open !== undefined).map(({ key }) => key);
	const known = new Set([...declared, ...imported]);
	return [...new Set(used)].filter((name) => !known.has(name));
}

/** What a module declares on its own level. */
export function declaredNames(code: string): string[] {
	return namesDeclaredIn(withoutComments(wordsOf(code)));
}

function namesDeclaredIn(words: readonly Word[]): string[] {
	return words.flatMap((word, n) =>
		word.open === undefined && isName(word) && /^(?:function|const|class)$/.test(words[n - 1]?.key ?? '')
			? [word.key]
			: [],
	);
}

/** `own` are the names that only this module can declare. */
export function readCode(code: string, own: readonly string[] = []): CodeFacts {
	const all = wordsOf(code);
	const words = withoutComments(all);
	const declared = namesDeclaredIn(words);
	return {
		factories: readFactories(words),
		deadlines: readDeadlines(words),
		exports: readExports(words).values,
		imports: readImports(words),
		undeclared: findUndeclared(words, own),
		declaredTwice: declared.filter((name, n) => declared.indexOf(name) < n && own.includes(name)),
		equalsLines: countEqualsLines(code, all),
		brokenAt: findBreak(code, all),
	};
}

/** The contract that the code follows; undefined where it leaves a doubt. */
export function contractOf({ factories, deadlines }: Pick<CodeFacts, 'factories' | 'deadlines'>): Contract | undefined {
	if (factories.size !== 1) return undefined;
	if (factories.has('driver')) return 'driver';
	if (deadlines.size !== 1) return undefined;
	return deadlines.has('seconds') ? 'session' : 'session-ms';
}

export function readContract(code: string): Contract | undefined {
	return contractOf(readCode(code));
}
