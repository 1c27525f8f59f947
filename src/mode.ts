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

/** The first mode flag given, as it is typed. */
export function modeFlag({ print, write, yes, dryRun, diff }: ModeFlags): string | undefined {
	const flags = [print && '--print', write && '--write', yes && '--yes', dryRun && '--dry-run', diff && '--diff'];
	return flags.find((flag) => flag !== false);
}

/** A flag beats the streams; `--dry-run` and `--diff` win over `--write`. */
export function chooseMode(flags: ModeFlags, canAsk: boolean): Mode {
	const { print, write, yes, dryRun, diff } = flags;
	const contradicting = modeFlag({ ...flags, print: false, yes: false });
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
