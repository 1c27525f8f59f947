import { shownPath } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import { markedMerges } from '../plan/changes.ts';
import { hasConflict, hasWork, type Proposal } from '../plan/proposal.ts';
import type { RunCommand } from '../plan/plan.ts';
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

function applySaved(output: string, folder: string | undefined): NextCommand[] {
	if (folder === undefined) return [];
	const words =
		folder === '' ? ['git', 'apply', output] : ['git', '-C', folder, 'apply', output.slice(folder.length + 1)];
	return folder === '' || output.startsWith(`${folder}/`)
		? [{ command: shellWords(words), when: 'Apply the patch' }]
		: [];
}

/** Where `git apply` takes the patch right here, the reader has it already. */
function applyElsewhere(proposal: Proposal, output: string | undefined): NextCommand[] {
	const { changes, patchFolder } = proposal;
	if (changes.length === 0) return [];
	if (output !== undefined) return applySaved(output, patchFolder);
	if (patchFolder === '') return [];
	const file = `${proposal.plan.connector}.patch`;
	if (patchFolder === undefined)
		return [
			{ command: flueCommand(proposal, '--diff', '--output', file), when: 'Save the patch' },
			{ command: shellWords(['git', 'apply', file]), when: 'Then apply it' },
		];
	return [
		{
			command: flueCommand(proposal, '--diff', '--output', `${patchFolder}/${file}`),
			when: 'Save the patch where git applies it',
		},
		{ command: shellWords(['git', '-C', patchFolder, 'apply', file]), when: 'Then apply it' },
	];
}

/** From the user's folder; where Windows's shells need forms of their own, both are shown there. */
function runHere({ command, when, windows }: RunCommand, { program, folder }: Proposal): NextCommand[] {
	const isOurs = command.startsWith(`${program.command} `);
	const place = !folder || isOurs ? '' : ` (in ${shownPath(folder)})`;
	const at = (line: string) =>
		!folder || !isOurs ? line : line.replace(/ (?=(?:run|dev) )/, ` ${shellWords(['-C', folder])} `);
	if (windows === undefined || !program.isWindows) return [{ command: at(command), when: `${when}${place}` }];
	return [
		{ command: at(windows.cmd), when: `${when} in cmd${place}` },
		{ command: at(windows.powershell), when: `${when} in PowerShell${place}` },
	];
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
	const all = [...wayOn(result), ...again];
	if (proposal === undefined || proposal.folder !== undefined) return all;
	return all.map(({ command, when }) => ({ command, when: `${when} (in the project's folder)` }));
}

function wayOn({ outcome, proposal, output }: Result): NextCommand[] {
	if (proposal === undefined) return [];
	const isConflict = hasConflict(proposal);
	const doIt = hasWork(proposal) && proposal.undecided.length === 0 ? [write(proposal, 'Do it')] : [];
	if (outcome.status === 'compared')
		return [...applyElsewhere(proposal, output), ...(isConflict ? replace(proposal) : doIt)];
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
			...run.flatMap((command) => runHere(command, proposal)),
			{ command: flueCommand(proposal, '--print'), when: 'Read whole examples' },
		];
	}
	return outcome.status === 'cancelled' && outcome.files === 'installing' ? [write(proposal, 'Try again')] : [];
}
