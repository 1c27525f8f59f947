import { isName, type Word } from './code-words.ts';

export interface ImportedName {
	/** As the other module calls it; `*` for all that it exports. */
	readonly name: string;
	/** As this module calls it. */
	readonly local: string;
	readonly isType: boolean;
}

/** A module that the code imports or exports from, and what it takes there. */
export interface ImportedModule {
	readonly from: string;
	readonly names: readonly ImportedName[];
}

const ALL: ImportedName = { name: '*', local: '', isType: false };

/** The names between braces: `{ a, type B, c as d }`, and `{ a: b }` where an object is taken apart. */
function namesIn(words: readonly Word[], open: number, isTypeOnly = false): ImportedName[] {
	const names: ImportedName[] = [];
	let parts: string[] = [];
	for (const { key } of words.slice(open + 1, (words[open]?.pair ?? open) + 1)) {
		if (key !== ',' && key !== '}') {
			parts.push(key);
			continue;
		}
		const isType = parts[0] === 'type' && parts.length > 1 && parts[1] !== 'as';
		const [name, by, other] = isType ? parts.slice(1) : parts;
		const isRenamed = (by === 'as' || by === ':') && other !== undefined;
		if (name === '...') names.push(ALL);
		else if (name !== undefined) names.push({ name, local: isRenamed ? other : name, isType: isType || isTypeOnly });
		parts = [];
	}
	return names;
}

/** Of `import` or `export` with a `from` before the word at `end`. */
function takenStatically(words: readonly Word[], end: number): ImportedName[] {
	const start = words.findLastIndex(({ key }, at) => at < end && /^(?:import|export)$/.test(key));
	const isType = words[start + 1]?.key === 'type' && words[start + 2]?.key !== 'from';
	const first = start + (isType ? 2 : 1);
	const open = words.findIndex(({ key }, at) => at >= first && at < end && key === '{');
	const head = words.slice(first, open === -1 ? end - 1 : open);
	const [named] = head;
	return [
		...(named !== undefined && isName(named) ? [{ name: 'default', local: named.key, isType }] : []),
		...(head.some(({ key }) => key === '*') ? [{ ...ALL, isType }] : []),
		...(open === -1 ? [] : namesIn(words, open, isType)),
	];
}

/** Of `import(...)` or `require(...)` at `at`: a member, `.then(({ name }) => …)` or `const { name } =`; else all. */
function takenDynamically(words: readonly Word[], at: number): ImportedName[] {
	const keyAt = (index: number) => words[index]?.key ?? '';
	const isMember = (index: number) => /^\??\.$/.test(keyAt(index));
	const isAwaited = keyAt(at - 1) === 'await';
	const close = words[at + 1]?.pair ?? words.length;
	const end = isAwaited && keyAt(close + 1) === ')' ? close + 1 : close;
	if (isMember(end + 1) && !/^(?:then|catch|finally)$/.test(keyAt(end + 2)))
		return [{ name: keyAt(end + 2), local: '', isType: false }];
	if (keyAt(end + 2) === 'then' && keyAt(end + 4) === '(' && keyAt(end + 5) === '{') return namesIn(words, end + 5);
	const equals = at - (isAwaited ? 2 : 1);
	const pattern = keyAt(equals) === '=' && keyAt(equals - 1) === '}' ? words[equals - 1]?.pair : undefined;
	return pattern === undefined ? [ALL] : namesIn(words, pattern);
}

export function readImports(words: readonly Word[]): ImportedModule[] {
	return words.flatMap(({ key, type }, n) => {
		if (type !== 'StringLiteral') return [];
		const from = key.slice(1);
		const before = words[n - 1]?.key;
		if (before === 'import') return [{ from, names: [] }];
		if (before === 'from') return [{ from, names: takenStatically(words, n) }];
		const isCall = before === '(' && /^(?:import|require)$/.test(words[n - 2]?.key ?? '');
		return isCall ? [{ from, names: takenDynamically(words, n - 2) }] : [];
	});
}

export interface Exports {
	/** Names; `*` where they cannot be told. */
	readonly values: ReadonlySet<string>;
	readonly types: ReadonlySet<string>;
}

const DECLARED = /^(?:function|const|let|var|class|enum|interface|type|\*)$/;

function exportedNames(words: readonly Word[], start: number): { name: string; isType: boolean }[] {
	const isType = /^(?:type|interface|declare)$/.test(words[start + 1]?.key ?? '');
	const next = words[start + (words[start + 1]?.key === 'type' ? 2 : 1)]?.key ?? '';
	if (next === 'default') return [{ name: 'default', isType }];
	if (next === '{')
		return namesIn(words, start + (isType ? 2 : 1), isType).map(({ local, isType: type }) => ({
			name: local,
			isType: type,
		}));
	if (next === '*' || next === '=') return [{ name: '*', isType }];
	let at = words.findIndex(({ key }, index) => index > start && DECLARED.test(key)) + 1;
	if (/^(?:\*|enum)$/.test(words[at]?.key ?? '')) at++;
	const name = words[at];
	return [{ name: name !== undefined && isName(name) ? name.key : '*', isType }];
}

export function readExports(words: readonly Word[]): Exports {
	const isCommon = words.some(
		({ key }, n) =>
			(key === 'module' && words[n + 2]?.key === 'exports') || (key === 'exports' && words[n + 1]?.key === '.'),
	);
	const names = words.flatMap((word, n) =>
		isName(word) && word.key === 'export' && word.open === undefined ? exportedNames(words, n) : [],
	);
	const those = (isType: boolean) => names.filter((one) => one.isType === isType).map(({ name }) => name);
	return { values: new Set([...those(false), ...(isCommon ? ['*'] : [])]), types: new Set(those(true)) };
}
