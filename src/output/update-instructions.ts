import updateTemplate from '../../templates/instructions/update.md.hbs';
import { CONTRACT_DEMANDS, RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import { fenceAround } from '../lib/text.ts';
import type { Change, Owner } from '../plan/changes.ts';
import { sha256 } from '../plan/fingerprint.ts';
import { findMarker, type Marker, type Originals } from '../plan/marker.ts';
import { ownLines } from '../plan/merge.ts';
import { specOf } from '../plan/packages.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { folderInRepository, type Proposal } from '../plan/proposal.ts';
import { type EditedFile, readEdited } from '../plan/updates.ts';
import { describeRuntime } from '../project/project.ts';
import { sharedView } from './instructions.ts';
import { checkCommand, flueCommand } from './next-commands.ts';
import { renderPatch } from './patch.ts';

function classReasons(made: RuntimeProfile, now: RuntimeProfile): string[] {
	const gone = made.errors.filter((name) => !now.errors.includes(name));
	const come = now.errors.filter((name) => !made.errors.includes(name));
	return [
		...gone.map((name) => `This runtime has no \`${name}\`: a file that imports it cannot be loaded.`),
		...come.map((name) => `This runtime has \`${name}\`, which tells Flue what went wrong.`),
	];
}

function profileReasons({ project }: Proposal, made: RuntimeProfile): string[] {
	const { profile } = project.runtime;
	if (made.since === profile.since) return [];
	return [
		`The file was made for @flue/runtime ${made.since}, and this project has ${describeRuntime(project.runtime)}.`,
		...(made.contract === profile.contract
			? []
			: [
					`That runtime asked for ${CONTRACT_DEMANDS[made.contract]}.`,
					`This one asks for ${CONTRACT_DEMANDS[profile.contract]}.`,
				]),
		...classReasons(made, profile),
	];
}

function packageReasons({ plan }: Proposal): string[] {
	return packagesToInstall(plan).map((spec) => `The connector needs ${specOf(spec)}, which is missing or too old.`);
}

/** Why the file changes, in sentences; `marker` is that of the file as it is. */
function updateReasons(proposal: Proposal, marker: Marker | undefined): string[] {
	const made = RUNTIME_PROFILES.find(({ since }) => since === marker?.profile);
	const reasons = made === undefined ? [] : profileReasons(proposal, made);
	const foreign = proposal.changes.some(({ kind }) => kind === 'conflict' || kind === 'replace');
	const fallback = foreign ? ['The file is not the one that this tool writes for this project.'] : [];
	const connector = proposal.project.connectorPath.value;
	const examples = proposal.changes.filter(({ path, kind }) => path !== connector && kind === 'update');
	return [
		...(reasons.length > 0 ? reasons : fallback),
		...examples.map(({ path }) => `\`${path}\` is an example for another runtime, without edits of the user.`),
		...packageReasons(proposal),
	];
}

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
function describeDecision(change: FileUpdate | undefined, proposal: Proposal): string {
	if (change?.kind !== 'conflict' || change.marked !== undefined) return '';
	const ask =
		`Show the user how it differs from the file that would take its place (\`${flueCommand(proposal, '--diff')}\`), and ask. ` +
		`Only if they want that: \`${flueCommand(proposal, '--write', '--force')}\`, which keeps theirs beside it.`;
	return `Do not change \`${change.path}\`: ${DECISIONS[change.owner]}${STOPPING.has(change.owner) ? '' : `\n${ask}`}`;
}

/** No line of the user's stands in these sentences: the reader has the file, and what is in it is no instruction. */
function describeKept(change: FileUpdate | undefined, original: EditedFile | undefined): string[] {
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
	original: EditedFile | undefined,
	{ plan, project }: Proposal,
): object[] {
	const [planned] = plan.files;
	if (change === undefined || planned === undefined) return [];
	const show = (before: string, content: string, how: string) => {
		const text = renderPatch([{ kind: 'update', path: change.path, before, content }], folderInRepository(project));
		return [{ how, text, fence: fenceAround(text) }];
	};
	if (change.kind === 'update') {
		return isPlain(change.before)
			? show(change.before, change.content, 'Apply this patch (`git apply` takes it anywhere in the repository):')
			: [];
	}
	if (original === undefined || change.kind === 'replace') return [];
	const how =
		change.kind === 'merge'
			? "This is what changed in the template. Make the same changes in the file, around the user's lines; the numbers may be others there:"
			: 'This is what changed in the template. The user changed some of the same lines: make the file do both, by what the lines mean. Where the two exclude each other, stop and ask:';
	return show(original.file, planned.content, how);
}

/** In the instructions, lines end with LF. */
function textOf({ content }: FileUpdate): string {
	return content.replaceAll('\r\n', '\n');
}

function files(change: FileUpdate | undefined): object[] {
	if (change?.kind !== 'replace' && (change?.kind !== 'update' || isPlain(change.before))) return [];
	return [{ path: change.path, content: textOf(change), fence: fenceAround(change.content) }];
}

/** Where the result is known to the byte. */
function results(change: FileUpdate | undefined): object[] {
	if (change === undefined || change.kind === 'conflict') return [];
	const content = files(change).length > 0 ? textOf(change) : change.content;
	return [{ path: change.path, sha256: sha256(content), bytes: content.length }];
}

/** The update as Markdown for a coding agent: ASCII, LF, the same bytes for the same project. */
export function renderUpdateInstructions(proposal: Proposal, originals: Originals): string {
	const { plan, project, changes } = proposal;
	// The reader is told to run every command in the package.
	const inPackage = { ...proposal, cwdFlags: [] };
	const updates = changes.filter((one): one is FileUpdate => one.kind !== 'create');
	const change = updates.find(({ path }) => path === project.connectorPath.value);
	const examples = updates.filter((one) => one !== change);
	const original = change && readEdited(change.before, originals);
	const marker = change && findMarker(change.before)?.marker;
	return updateTemplate({
		...sharedView(proposal),
		check: checkCommand(inPackage),
		path: project.connectorPath.value,
		others: examples.map(({ path }) => path),
		nothing: updates.length === 0 && packagesToInstall(plan).length === 0,
		unchanged: change === undefined,
		reasons: updateReasons(proposal, marker),
		keep: describeKept(change, original),
		decision: describeDecision(change, inPackage),
		backups: change?.kind === 'replace' ? [{ from: change.path, to: change.backup }] : [],
		patches: [change, ...examples].flatMap((one) => patches(one, original, proposal)),
		files: [change, ...examples].flatMap(files),
		results: [change, ...examples].flatMap(results),
	});
}
