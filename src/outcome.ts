import type { Change } from './changes.ts';
import type { Checked } from './check.ts';
import type { CodingAgentName } from './coding-agents.ts';
import type { Connector } from './connectors/connector.ts';
import type { Prospect } from './prospect.ts';

export type Signal = 'SIGINT' | 'SIGTERM';

/** How a run ended; each has its words (`words.ts`) and its exit code. */
export type Outcome =
	/** Help or the version. */
	| { readonly status: 'shown'; readonly text: string }
	| { readonly status: 'listed'; readonly connectors: readonly Connector[] }
	| { readonly status: 'printed'; readonly instructions: string }
	| { readonly status: 'previewed' }
	/** The patch holds one character per byte. */
	| { readonly status: 'compared'; readonly patch: string }
	| { readonly status: 'unchanged' }
	| {
			readonly status: 'checked';
			readonly checked: readonly Checked[];
			/** In sentences. */ readonly lines: readonly string[];
	  }
	| { readonly status: 'written'; readonly changes: readonly Change[]; readonly notes: readonly string[] }
	/** The agent had the terminal, and ended with this exit code. */
	| { readonly status: 'handed-over'; readonly agent: CodingAgentName; readonly exitCode: number }
	/** `marked`: the merges with marked lines that are beside their files now. */
	| { readonly status: 'conflict'; readonly marked?: readonly string[] }
	| { readonly status: 'install-failed'; readonly message: string; readonly hint: string | undefined }
	| {
			readonly status: 'cancelled';
			readonly signal: Signal;
			/** `restored`: the package manager had begun, and what it changed was put back. */
			readonly files: 'untouched' | 'restored' | 'complete';
			/** A sentence for each file that could not be put back. */
			readonly notRestored: readonly string[];
	  }
	| { readonly status: 'failed'; readonly message: string; readonly hint: string | undefined }
	| { readonly status: 'usage'; readonly message: string; readonly hint: string | undefined };

export const CANCELLED = {
	status: 'cancelled',
	signal: 'SIGINT',
	files: 'untouched',
	notRestored: [],
} as const satisfies Outcome;

/** The prospect is missing when the run ended before the project was known. */
export interface Result {
	readonly outcome: Outcome;
	readonly prospect: Prospect | undefined;
	/** The flags that would have given the answer which a person gave. */
	readonly answer?: readonly string[];
}

const EXIT_CODES = {
	shown: 0,
	listed: 0,
	printed: 0,
	previewed: 0,
	compared: 0,
	unchanged: 0,
	written: 0,
	failed: 1,
	usage: 2,
	conflict: 3,
	'install-failed': 4,
} as const satisfies Record<Exclude<Outcome['status'], 'cancelled' | 'checked' | 'handed-over'>, number>;

/** Of `flue check`. */
const WRONG = 5;

function hasError({ findings }: Checked): boolean {
	return findings.some(({ severity }) => severity === 'error');
}

/** A preview of a write that would end in a conflict ends like it. */
export function exitCode({ outcome, prospect }: Result): number {
	if (outcome.status === 'handed-over') return outcome.exitCode;
	if (outcome.status === 'cancelled') return outcome.signal === 'SIGINT' ? 130 : 143;
	if (outcome.status === 'checked') return outcome.checked.some(hasError) ? WRONG : 0;
	const isPreview = outcome.status === 'previewed' || outcome.status === 'compared';
	if (isPreview && prospect !== undefined && hasConflict(prospect)) return EXIT_CODES.conflict;
	return EXIT_CODES[outcome.status];
}

/** Whether a write would overwrite what is not ours. */
export function hasConflict({ changes }: Prospect): boolean {
	return changes.some(({ kind }) => kind === 'conflict');
}
