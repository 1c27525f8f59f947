import { withoutByteOrderMark } from '../lib/text.ts';
import { ENV_EXAMPLES, type EnvExample } from '../project/project.ts';
import { keepFormatting } from './keep-formatting.ts';
import { authorOf, LONGEST_FILE, markerLine, type Originals, readMarker, untouchedOriginal } from './marker.ts';
import type { EnvKey, Plan, PlannedFile } from './plan.ts';
import { isSameCode } from './same-code.ts';

/** What one file needs to reach the plan; a file that is already right needs none. Contents hold one character per byte. */
export type Change =
	| { readonly kind: 'create'; readonly path: string; readonly content: string }
	| {
			readonly kind: 'update';
			readonly path: string;
			readonly content: string;
			readonly before: string;
			/** It is in the formatting of the project, of which some new lines may fall short. */
			readonly needsFormatter?: boolean;
	  }
	/** The new template with the user's edits in it. */
	| { readonly kind: 'merge'; readonly path: string; readonly content: string; readonly before: string }
	| {
			readonly kind: 'replace';
			readonly path: string;
			readonly content: string;
			readonly before: string;
			/** Where the user's own file is kept. */
			readonly backup: string;
	  }
	| {
			readonly kind: 'conflict';
			readonly path: string;
			readonly content: string;
			readonly before: string;
			readonly owner: Owner;
			/** Where both sides changed the same lines: a merge with these lines marked, to be kept beside the file. */
			readonly marked?: MarkedMerge;
	  };

export interface MarkedMerge {
	readonly path: string;
	readonly content: string;
	/** An earlier run wrote it: it is not written again. */
	readonly isThere: boolean;
}

export function markedMerges(changes: readonly Change[]): MarkedMerge[] {
	return changes.flatMap((change) =>
		change.kind === 'conflict' && change.marked !== undefined ? [change.marked] : [],
	);
}

/** What is in the file that would have to go for ours; undefined where nothing of somebody's would. */
export function replacedText(changes: readonly Change[], path: string): string | undefined {
	const change = changes.find((one) => one.path === path);
	if (change?.kind === 'replace') return change.before;
	const isWhole = change?.kind === 'conflict' && change.marked === undefined && change.owner !== 'javascript';
	return isWhole ? change.before : undefined;
}

/** Whose work a file is that we would have to overwrite. */
export type Owner = 'edited' | 'newer' | 'flue' | 'other' | 'javascript' | 'unknown';

export type ReadFile = (path: string) => string | undefined;

export interface ChangeOptions {
	/** Replace what is not ours, and keep it beside the new file. */
	readonly force: boolean;
	/** Whether anything has this name already. */
	readonly isTaken: (path: string) => boolean;
	readonly originals: Originals;
	/** What the templates make of each example for each runtime, with the import of the connector that is in this text. */
	readonly examplesLike: (before: string) => readonly string[];
}

/** What the file is, give or take its formatting, if it is one of ours without edits. */
interface Untouched {
	/** What stands before the code: the marker's line, or a byte order mark. */
	readonly head: string;
	readonly code: string;
	readonly made: string;
}

function readUntouched(before: string, isExample: boolean, options: ChangeOptions): Untouched | undefined {
	if (before.length > LONGEST_FILE) return undefined;
	if (isExample) {
		const made = options.examplesLike(before).find((text) => isSameCode(text, before));
		return made === undefined ? undefined : { head: '', code: before, made };
	}
	const original = untouchedOriginal(before, options.originals);
	const start = before.indexOf('\n') + 1;
	return original && { head: before.slice(0, start), code: before.slice(start), made: original.code };
}

/** The new text in the formatting of the old one; undefined where the file is that already. */
function updateChange({ path, content }: PlannedFile, before: string, untouched: Untouched): Change | undefined {
	const { head, code, made } = untouched;
	const [firstLine = ''] = content.split('\n', 1);
	const planned = readMarker(content);
	const next = planned === undefined ? content : content.slice(firstLine.length + 1);
	const marker = readMarker(head);
	if (marker && planned && markerLine(marker) === markerLine(planned)) return undefined;
	if (planned === undefined && isSameCode(content, before)) return undefined;
	const { text, needsFormatter } = keepFormatting(code, made, next);
	const newHead = head.replace(/\/\/ .*?(?=\s*$)/, firstLine);
	const whole = planned === undefined ? text : newHead + text;
	return { kind: 'update', path, content: whole, before, ...(needsFormatter ? { needsFormatter } : {}) };
}

/** A name that is free, and that no compiler picks up as long as `path` ends in one that none does. */
export function freePath(path: string, isTaken: (path: string) => boolean): string {
	let candidate = path;
	for (let n = 2; isTaken(candidate); n++) candidate = `${path}.${n}`;
	return candidate;
}

export function fileChange(
	{ path, content }: PlannedFile,
	connector: string,
	before: string | undefined,
	options: ChangeOptions,
): Change | undefined {
	if (before === undefined) return { kind: 'create', path, content };
	// With TypeScript in it the project could no longer load it, so not even --force replaces it.
	if (path.endsWith('.js')) return { kind: 'conflict', path, content, before, owner: 'javascript' };
	if (before === content) return undefined;
	const planned = readMarker(content);
	const untouched = readUntouched(before, planned === undefined, options);
	if (untouched !== undefined) return updateChange({ path, content }, before, untouched);
	const owner = planned === undefined ? 'unknown' : authorOf(before, connector);
	if (options.force)
		return { kind: 'replace', path, content, before, backup: freePath(`${path}.orig`, options.isTaken) };
	return { kind: 'conflict', path, content, before, owner };
}

function missingKeys(keys: readonly EnvKey[], content: string): readonly EnvKey[] {
	const text = withoutByteOrderMark(content);
	return keys.filter(({ name }) => !new RegExp(`^[\\t #]*(?:export[\\t ]+)?${name}[\\t ]*=`, 'm').test(text));
}

/** For each file that is not ours to write to: a sentence that names what it lacks. */
export function envExampleWarnings(keys: readonly EnvKey[], examples: readonly EnvExample[]): string[] {
	return examples.flatMap(({ path, content = '', leftAlone }) => {
		const names = missingKeys(keys, content.replaceAll('\0', '')).map(({ name }) => name);
		if (leftAlone === undefined || names.length === 0) return [];
		return [`${path} ${leftAlone}, so it is left alone: add ${names.join(', ')} to it yourself.`];
	});
}

/** Appends the names that the file does not mention yet, without a value; every byte before stays as it is. */
function envExampleChange(path: string, keys: readonly EnvKey[], before: string | undefined): Change | undefined {
	if (before === undefined) return undefined;
	const missing = missingKeys(keys, before);
	if (missing.length === 0) return undefined;
	const lineEnd = before.includes('\r\n') ? '\r\n' : '\n';
	const lines = missing.flatMap(({ name, description, required }) => [
		`# ${description}`,
		`${required ? '' : '# '}${name}=`,
	]);
	const gap = before === '' ? '' : before.endsWith('\n') ? lineEnd : lineEnd + lineEnd;
	const content = `${before}${gap}${lines.join(lineEnd)}${lineEnd}`;
	return { kind: 'update', path, content, before };
}

/** `read` gives a file of the package root with one character per byte, or undefined when there is none. */
export function findChanges(plan: Plan, read: ReadFile, options: ChangeOptions): Change[] {
	const changes = [
		...plan.files.map((file) => fileChange(file, plan.connector, read(file.path), options)),
		...ENV_EXAMPLES.map((path) => envExampleChange(path, plan.env, read(path))),
	];
	return changes.filter((change) => change !== undefined);
}
