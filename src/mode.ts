import { UsageError } from './errors.ts';

/** What `flue add` does once it knows the prospect; `ask` leaves it to the person at the terminal. */
export type Mode = 'print' | 'write' | 'preview' | 'compare' | 'hand-over' | 'ask';

export interface ModeFlags {
	readonly print: boolean;
	readonly write: boolean;
	readonly yes: boolean;
	readonly dryRun: boolean;
	readonly diff: boolean;
	/** The name of a coding agent, as it was typed. */
	readonly agent: string | undefined;
	readonly json: boolean;
}

/** The first mode flag given, as it is typed. */
export function modeFlag({ agent, print, write, yes, dryRun, diff }: ModeFlags): string | undefined {
	const given = {
		'--agent': agent !== undefined,
		'--print': print,
		'--write': write,
		'--yes': yes,
		'--dry-run': dryRun,
		'--diff': diff,
	};
	return Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
}

function contradiction(first: string, second: string): UsageError {
	return new UsageError(`${first} and ${second} contradict each other.`, 'Give one of them.');
}

/** Throws a UsageError. */
function checkModeFlags(flags: ModeFlags): void {
	const { agent, json, print, dryRun, diff } = flags;
	const besideAgent = modeFlag({ ...flags, agent: undefined }) ?? (json ? '--json' : undefined);
	if (agent !== undefined && besideAgent !== undefined) throw contradiction('--agent', besideAgent);
	const besidePrint = modeFlag({ ...flags, print: false, yes: false });
	if (print && besidePrint !== undefined) throw contradiction('--print', besidePrint);
	if (dryRun && diff) throw contradiction('--dry-run', '--diff');
}

/** A flag beats the streams; `--dry-run` and `--diff` win over `--write`. */
export function chooseMode(flags: ModeFlags, canAsk: boolean): Mode {
	checkModeFlags(flags);
	const { agent, print, write, yes, dryRun, diff } = flags;
	if (agent !== undefined) return 'hand-over';
	if (print) return 'print';
	if (dryRun) return 'preview';
	if (diff) return 'compare';
	if (write || yes) return 'write';
	return canAsk ? 'ask' : 'print';
}
