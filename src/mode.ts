import { UsageError } from './errors.ts';

/** What `flue add` does once it knows the prospect; `ask` leaves it to the person at the terminal. */
export type Mode = 'print' | 'write' | 'preview' | 'compare' | 'ask';

export interface ModeFlags {
	readonly print: boolean;
	readonly write: boolean;
	readonly yes: boolean;
	readonly dryRun: boolean;
	readonly diff: boolean;
}

/** A flag beats the streams; `--dry-run` and `--diff` win over `--write`. */
export function chooseMode(flags: ModeFlags, canAsk: boolean): Mode {
	const { print, write, yes, dryRun, diff } = flags;
	const contradicting = [write && '--write', dryRun && '--dry-run', diff && '--diff'].find((flag) => flag !== false);
	if (print && contradicting !== undefined) {
		throw new UsageError(`--print and ${contradicting} contradict each other.`, 'Give one of them.');
	}
	if (dryRun && diff) throw new UsageError('--dry-run and --diff contradict each other.', 'Give one of them.');
	if (print) return 'print';
	if (dryRun) return 'preview';
	if (diff) return 'compare';
	if (write || yes) return 'write';
	return canAsk ? 'ask' : 'print';
}
