import type { Result } from './outcome.ts';
import { exitCode } from './outcome.ts';
import type { Prospect } from './prospect.ts';
import { shellWords } from './shell-words.ts';

export interface NextCommand {
	readonly command: string;
	/** What it is for: "See the difference". */
	readonly when: string;
}

function flueCommand({ program, plan, planFlags }: Prospect, ...flags: readonly string[]): string {
	return `${program.command} ${shellWords(['add', plan.connector, ...flags, ...planFlags])}`;
}

/** The commands that make sense after this ending. */
export function nextCommands({ outcome, prospect }: Result): NextCommand[] {
	if (prospect === undefined) return [];
	const write = { command: flueCommand(prospect, '--write'), when: 'Do it' };
	if (exitCode({ outcome, prospect }) === 3) {
		return [
			{ command: flueCommand(prospect, '--diff'), when: 'See the difference' },
			{ command: flueCommand(prospect, '--write', '--force'), when: 'Replace it, and keep the old one beside it' },
		];
	}
	if (outcome.status === 'previewed' || outcome.status === 'compared') return hasWork(prospect) ? [write] : [];
	if (outcome.status === 'install-failed') {
		return [
			{ ...write, when: 'Try again' },
			{ command: flueCommand(prospect, '--write', '--no-install'), when: 'Write the files, and install by yourself' },
		];
	}
	if (outcome.status === 'written') return [{ command: flueCommand(prospect, '--print'), when: 'Read whole examples' }];
	return outcome.status === 'cancelled' && !outcome.complete ? [write] : [];
}

/** Whether a write would change or install anything. */
export function hasWork({ changes, install }: Prospect): boolean {
	return changes.length > 0 || install !== undefined;
}
