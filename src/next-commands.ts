import { markedMerges } from './changes.ts';
import type { Result } from './outcome.ts';
import { hasConflict } from './outcome.ts';
import type { Prospect } from './prospect.ts';
import { inFolder, shellWords } from './shell-words.ts';

export interface NextCommand {
	readonly command: string;
	/** What it is for: "See the difference". */
	readonly when: string;
}

export function flueCommand(
	{ verb, program, plan, planFlags, cwdFlags }: Prospect,
	...flags: readonly string[]
): string {
	return `${program.command} ${shellWords([verb, plan.connector, ...flags, ...planFlags, ...cwdFlags])}`;
}

function compare(prospect: Prospect): NextCommand {
	return { command: flueCommand(prospect, '--diff'), when: 'See the difference' };
}

function replace(prospect: Prospect): NextCommand[] {
	if (prospect.changes.some((change) => change.kind === 'conflict' && change.owner === 'javascript')) return [];
	return [{ command: flueCommand(prospect, '--write', '--force'), when: 'Replace it, and keep the old one beside it' }];
}

function write(prospect: Prospect, when: string, ...flags: readonly string[]): NextCommand {
	const force = prospect.changes.some(({ kind }) => kind === 'replace') ? ['--force'] : [];
	return { command: flueCommand(prospect, '--write', ...force, ...flags), when };
}

/** Where the merge with marked lines is not there yet. */
function mark(prospect: Prospect, there: readonly string[] = []): NextCommand[] {
	const isMissing = markedMerges(prospect.changes).some(({ path, isThere }) => !isThere && !there.includes(path));
	return isMissing ? [write(prospect, 'Put both beside it, marked')] : [];
}

export function checkCommand({ program, plan, pathFlags, cwdFlags }: Prospect): string {
	return `${program.command} ${shellWords(['check', plan.connector, ...pathFlags, ...cwdFlags])}`;
}

function check(prospect: Prospect): NextCommand {
	return { command: checkCommand(prospect), when: 'See whether all is right' };
}

/** Where `git apply` takes the patch right here, the reader has it already. */
function applyElsewhere(prospect: Prospect): NextCommand[] {
	const { changes, patchFolder } = prospect;
	if (changes.length === 0 || patchFolder === '') return [];
	const command = `${flueCommand(prospect, '--diff')} | ${shellWords(['git', '-C', patchFolder, 'apply'])}`;
	return [{ command, when: 'Apply the patch (in this folder git apply would pass over it)' }];
}

/** What gives the answer that a person gave; an ending without one has its own way on. */
function sameAgain(prospect: Prospect, answer: readonly string[]): NextCommand {
	const force =
		prospect.changes.some(({ kind }) => kind === 'replace') && answer.includes('--write') ? ['--force'] : [];
	return { command: flueCommand(prospect, ...answer, ...force), when: 'The same without a question' };
}

/** The commands that make sense after this ending. */
export function nextCommands(result: Result): NextCommand[] {
	const { outcome, prospect, answer } = result;
	const isDone = ['written', 'printed', 'handed-over'].includes(outcome.status);
	const again = prospect !== undefined && answer !== undefined && isDone ? [sameAgain(prospect, answer)] : [];
	return [...wayOn(result), ...again];
}

function wayOn({ outcome, prospect }: Result): NextCommand[] {
	if (prospect === undefined) return [];
	const isConflict = hasConflict(prospect);
	const doIt = hasWork(prospect) ? [write(prospect, 'Do it')] : [];
	if (outcome.status === 'compared') return [...applyElsewhere(prospect), ...(isConflict ? replace(prospect) : doIt)];
	if (outcome.status === 'previewed')
		return isConflict ? [...mark(prospect), compare(prospect), ...replace(prospect)] : doIt;
	if (outcome.status === 'conflict')
		return [...mark(prospect, outcome.marked), compare(prospect), ...replace(prospect)];
	if (outcome.status === 'install-failed')
		return [write(prospect, 'Try again'), write(prospect, 'Write the files, and install by yourself', '--no-install')];
	if (outcome.status === 'written' && prospect.verb === 'update') return [check(prospect)];
	if (outcome.status === 'written') {
		const { run } = prospect.plan;
		return [
			...(run === undefined ? [] : [{ command: inFolder(prospect.folder, run), when: 'Run the example' }]),
			{ command: flueCommand(prospect, '--print'), when: 'Read whole examples' },
		];
	}
	return outcome.status === 'cancelled' && outcome.files === 'restored' ? [write(prospect, 'Try again')] : [];
}

/** Whether a write would change or install anything. */
export function hasWork({ changes, install }: Prospect): boolean {
	return changes.length > 0 || install !== undefined;
}
