import { describeManager } from '../ecosystem/package-managers.ts';
import { shownCommand } from '../lib/shell.ts';
import type { Change, Owner } from '../plan/changes.ts';
import { specOf } from '../plan/packages.ts';
import { packagesToInstall } from '../plan/plan.ts';
import type { Proposal } from '../plan/proposal.ts';

const OWNERS = {
	edited: 'has local edits',
	newer: 'was written by a newer version of this tool',
	flue: "was written by Flue's own guide, not by this tool",
	other: 'was not written by this tool',
	javascript: 'is a JavaScript file; flue writes TypeScript',
	unknown: 'is there already, and is not the example',
} as const satisfies Record<Owner, string>;

const VERBS = {
	create: 'create',
	update: 'update',
	merge: 'merge the new template into',
	replace: 'replace',
	conflict: 'keep',
} as const satisfies Record<Change['kind'], string>;

const PAST = {
	create: 'created',
	update: 'updated',
	merge: 'merged the new template into',
	replace: 'replaced',
	conflict: 'kept',
} as const satisfies Record<Change['kind'], string>;

export function describeChange(change: Change): string {
	const words = `${VERBS[change.kind]} ${change.path}`;
	if (change.kind === 'replace') return `${words} (yours is kept as ${change.backup})`;
	if (change.kind === 'update' && change.needsFormatter) return `${words} (run your formatter on it afterwards)`;
	if (change.kind === 'merge') return `${words} (your edits stay)`;
	return change.kind === 'conflict' ? `${words} (it ${OWNERS[change.owner]})` : words;
}

/** What a write does, in its order. */
export function describeSteps({ install, changes }: Proposal): string[] {
	const steps = changes.map(describeChange);
	return install === undefined ? steps : [`run ${shownCommand(install.command)}`, ...steps];
}

/** `there` are the merges that are beside their files now. */
function markedLines({ path, marked }: Change & { kind: 'conflict' }, there: readonly string[]): string[] {
	if (marked === undefined) return [];
	if (!marked.isThere && !there.includes(marked.path))
		return [`A write puts both into ${marked.path}, with these lines marked.`];
	return [`Both are in ${marked.path}: choose in the marked lines, and put it in the place of ${path}.`];
}

export function conflictLines({ changes }: Proposal, there: readonly string[] = []): string[] {
	return changes.flatMap((change) => {
		if (change.kind !== 'conflict') return [];
		const where = change.marked === undefined ? '' : ' in lines that the new template changes too';
		return [`${change.path} ${OWNERS[change.owner]}${where}.`, ...markedLines(change, there)];
	});
}

/** Packages that the user has to install, because `--no-install` was given. */
export function leftToInstall({ install, plan }: Proposal): string[] {
	return install === undefined ? packagesToInstall(plan).map((spec) => `Install ${specOf(spec)}.`) : [];
}

/** What a write has done, a line for each step. */
export function doneSteps({ install, plan, changes }: Proposal): string[] {
	const specs = packagesToInstall(plan).map(specOf).join(' ');
	const installed = install === undefined ? [] : [`installed ${specs} with ${describeManager(install.manager)}`];
	const written = changes.map((change) => {
		const words = `${PAST[change.kind]} ${change.path}`;
		if (change.kind === 'update' && change.needsFormatter) return `${words}: run your formatter on it`;
		return change.kind === 'replace' ? `${words}, and kept yours as ${change.backup}` : words;
	});
	return [...installed, ...written];
}

const MISSING = {
	create: 'is missing',
	update: 'is not up to date',
	merge: 'is not up to date',
	replace: 'is not replaced',
} as const satisfies Record<Exclude<Change['kind'], 'conflict'>, string>;

/** What an agent left undone. */
export function missingLines({ plan, changes }: Proposal): string[] {
	return [
		...packagesToInstall(plan).map((spec) => `${specOf(spec)} is not in package.json`),
		...changes.map((change) =>
			change.kind === 'conflict' ? `${change.path} ${OWNERS[change.owner]}` : `${change.path} ${MISSING[change.kind]}`,
		),
	].map((line) => `  ${line}`);
}
