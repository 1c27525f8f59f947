import { inFolder, shellWords } from '../lib/shell.ts';
import { markedMerges } from '../plan/changes.ts';
import { hasConflict, hasWork, type Proposal } from '../plan/proposal.ts';
import type { Result } from './outcome.ts';

export interface NextCommand {
	readonly command: string;
	/** What it is for: "See the difference". */
	readonly when: string;
}

export function flueCommand(
	{ verb, program, plan, planFlags, cwdFlags }: Proposal,
	...flags: readonly string[]
): string {
	return `${program.command} ${shellWords([verb, plan.connector, ...flags, ...planFlags, ...cwdFlags])}`;
}

function compare(proposal: Proposal): NextCommand {
	return { command: flueCommand(proposal, '--diff'), when: 'See the difference' };
}

function replace(proposal: Proposal): NextCommand[] {
	if (proposal.changes.some((change) => change.kind === 'conflict' && change.owner === 'javascript')) return [];
	return [{ command: flueCommand(proposal, '--write', '--force'), when: 'Replace it, and keep the old one beside it' }];
}

function write(proposal: Proposal, when: string, ...flags: readonly string[]): NextCommand {
	const force = proposal.changes.some(({ kind }) => kind === 'replace') ? ['--force'] : [];
	return { command: flueCommand(proposal, '--write', ...force, ...flags), when };
}

/** Where the merge with marked lines is not there yet. */
function mark(proposal: Proposal, there: readonly string[] = []): NextCommand[] {
	const isMissing = markedMerges(proposal.changes).some(({ path, isThere }) => !isThere && !there.includes(path));
	return isMissing ? [write(proposal, 'Put both beside it, marked')] : [];
}

export function checkCommand({ program, plan, pathFlags, cwdFlags }: Proposal): string {
	return `${program.command} ${shellWords(['check', plan.connector, ...pathFlags, ...cwdFlags])}`;
}

function check(proposal: Proposal): NextCommand {
	return { command: checkCommand(proposal), when: 'Check it' };
}

/** Where `git apply` takes the patch right here, the reader has it already. */
function applyElsewhere(proposal: Proposal): NextCommand[] {
	const { changes, patchFolder } = proposal;
	if (changes.length === 0 || patchFolder === '') return [];
	const command = `${flueCommand(proposal, '--diff')} | ${shellWords(['git', '-C', patchFolder, 'apply'])}`;
	return [{ command, when: 'Apply the patch (in this folder git apply would pass over it)' }];
}

/** What gives the answer that a person gave; an ending without one has its own way on. */
function sameAgain(proposal: Proposal, answer: readonly string[]): NextCommand {
	const force =
		proposal.changes.some(({ kind }) => kind === 'replace') && answer.includes('--write') ? ['--force'] : [];
	return { command: flueCommand(proposal, ...answer, ...force), when: 'The same without a question' };
}

/** The commands that make sense after this ending. */
export function nextCommands(result: Result): NextCommand[] {
	const { outcome, proposal, answer } = result;
	const isDone = ['written', 'printed', 'agent-ended'].includes(outcome.status);
	const again = proposal !== undefined && answer !== undefined && isDone ? [sameAgain(proposal, answer)] : [];
	return [...wayOn(result), ...again];
}

function wayOn({ outcome, proposal }: Result): NextCommand[] {
	if (proposal === undefined) return [];
	const isConflict = hasConflict(proposal);
	const doIt = hasWork(proposal) ? [write(proposal, 'Do it')] : [];
	if (outcome.status === 'compared') return [...applyElsewhere(proposal), ...(isConflict ? replace(proposal) : doIt)];
	if (outcome.status === 'previewed')
		return isConflict ? [...mark(proposal), compare(proposal), ...replace(proposal)] : doIt;
	if (outcome.status === 'conflict')
		return [...mark(proposal, outcome.marked), compare(proposal), ...replace(proposal)];
	if (outcome.status === 'install-failed')
		return [
			...(outcome.again ? [write(proposal, 'Try again')] : []),
			write(proposal, 'Write the files, and install the package yourself', '--no-install'),
		];
	if (outcome.status === 'written' && proposal.verb === 'update') return [check(proposal)];
	if (outcome.status === 'written') {
		const { run } = proposal.plan;
		return [
			...run.map(({ command, when }) => ({ command: inFolder(proposal.folder, command), when })),
			{ command: flueCommand(proposal, '--print'), when: 'Read whole examples' },
		];
	}
	return outcome.status === 'cancelled' && outcome.files === 'installing' ? [write(proposal, 'Try again')] : [];
}
