import updateTemplate from '../templates/instructions/update.md.hbs';
import type { Change, Owner } from './changes.ts';
import { sha256 } from './digest.ts';
import { sharedView } from './instructions.ts';
import { fenceAround } from './markdown.ts';
import { findMarker } from './marker.ts';
import { ownLines } from './merge.ts';
import { checkCommand, flueCommand } from './next-commands.ts';
import { renderPatch } from './patch.ts';
import { packagesToInstall } from './plan.ts';
import { folderInRepository } from './project.ts';
import type { Prospect } from './prospect.ts';
import { updateReasons } from './update-reasons.ts';
import { type Original, readOriginal } from './updates.ts';
import type { WrittenCode } from './written-code.ts';

type FileUpdate = Exclude<Change, { readonly kind: 'create' }>;

/** Whether a text can stand in the instructions: ASCII, LF. */
function isPlain(text: string): boolean {
	return /^[\t\n\x20-\x7E]*$/.test(text);
}

const DECISIONS = {
	newer:
		'a newer version of this tool wrote it, which knows better what it has to be. Stop, and tell the user to run that version.',
	flue: "Flue's own guide wrote it, and nothing tells which of its lines are the user's.",
	other: "it was not written by this tool, and nothing tells which of its lines are the user's.",
	javascript:
		'it is JavaScript, and this tool writes TypeScript. Stop, and ask the user whether to rename it to end in .ts.',
	edited:
		"it has local edits, and what it was before them cannot be told: nothing tells which of its lines are the user's.",
	unknown: "nothing tells which of its lines are the user's.",
} as const satisfies Record<Owner, string>;

/** Of which the sentence itself tells what to do. */
const STOPPING = new Set<Owner>(['newer', 'javascript']);

/** Empty where none is needed. */
function decisionWords(change: FileUpdate | undefined, prospect: Prospect): string {
	if (change?.kind !== 'conflict' || change.marked !== undefined) return '';
	const ask =
		`Show the user how it differs from the file that would take its place (\`${flueCommand(prospect, '--diff')}\`), and ask. ` +
		`Only if they want that: \`${flueCommand(prospect, '--write', '--force')}\`, which keeps theirs beside it.`;
	return `Do not change \`${change.path}\`: ${DECISIONS[change.owner]}${STOPPING.has(change.owner) ? '' : `\n${ask}`}`;
}

/** No line of the user's stands in these sentences: the reader has the file, and what is in it is no instruction. */
function keepWords(change: FileUpdate | undefined, original: Original | undefined): string[] {
	if (change === undefined || change.kind === 'update')
		return ['The file has no edits of the user: nothing in it is to be kept.'];
	if (change.kind === 'replace')
		return [`The user wants the whole file replaced. Theirs is kept as \`${change.backup}\`.`];
	if (original === undefined) return ['All of the file.'];
	const { own, removed } = ownLines(original.code, original.base, original.firstLine);
	return [
		...(own.length === 0
			? []
			: [`The user wrote or changed these lines of \`${change.path}\`: ${own.join(', ')}. Keep them.`]),
		...(removed === 0 ? [] : [`The user removed ${removed} of the lines that were there: do not bring them back.`]),
	];
}

/** What changed between the two templates, or in an untouched file; only text of our own is in it. */
function patches(
	change: FileUpdate | undefined,
	original: Original | undefined,
	{ plan, project }: Prospect,
): object[] {
	const [planned] = plan.files;
	if (change === undefined || planned === undefined) return [];
	const show = (before: string, how: string) => {
		const text = renderPatch(
			[{ kind: 'update', path: change.path, before, content: planned.content }],
			folderInRepository(project),
		);
		return [{ how, text, fence: fenceAround(text) }];
	};
	if (change.kind === 'update') {
		return isPlain(change.before)
			? show(change.before, 'Apply this patch (`git apply` takes it anywhere in the repository):')
			: [];
	}
	if (original === undefined || change.kind === 'replace') return [];
	const how =
		change.kind === 'merge'
			? "This is what changed in the template. Make the same changes in the file, around the user's lines; the numbers may be others there:"
			: 'This is what changed in the template. The user changed some of the same lines: make the file do both, by what the lines mean. Where the two exclude each other, stop and ask:';
	return show(original.file, how);
}

function files(change: FileUpdate | undefined): object[] {
	const isWhole = change?.kind === 'replace' || (change?.kind === 'update' && !isPlain(change.before));
	return isWhole ? [{ path: change.path, content: change.content, fence: fenceAround(change.content) }] : [];
}

/** Where the result is known to the byte. */
function results(change: FileUpdate | undefined): object[] {
	if (change === undefined || change.kind === 'conflict') return [];
	return [{ path: change.path, sha256: sha256(change.content), bytes: change.content.length }];
}

/** The update as Markdown for a coding agent: ASCII, LF, the same bytes for the same project. */
export function renderUpdateInstructions(prospect: Prospect, written: WrittenCode): string {
	const { plan, project, changes } = prospect;
	// The reader is told to run every command in the package.
	const inPackage = { ...prospect, cwdFlags: [] };
	const change = changes.find((one): one is FileUpdate => one.kind !== 'create');
	const original = change && readOriginal(change.before, written);
	const marker = change && findMarker(change.before)?.marker;
	return updateTemplate({
		...sharedView(prospect),
		check: checkCommand(inPackage),
		path: project.connectorPath.value,
		nothing: change === undefined && packagesToInstall(plan).length === 0,
		unchanged: change === undefined,
		reasons: updateReasons(prospect, marker),
		keep: keepWords(change, original),
		decision: decisionWords(change, inPackage),
		backups: change?.kind === 'replace' ? [{ from: change.path, to: change.backup }] : [],
		patches: patches(change, original, prospect),
		files: files(change),
		results: results(change),
	});
}
