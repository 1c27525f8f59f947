import type { Applied } from '../apply/apply.ts';
import type { Checked } from '../check/findings.ts';
import type { Connector } from '../connectors/connector.ts';
import type { CodingAgentName } from '../ecosystem/coding-agents.ts';
import { hasConflict, isDone, type Proposal } from '../plan/proposal.ts';

/** How a run ended; each has its text (`text.ts`) and its exit code. */
export type Outcome =
	/** Help or the version. */
	| { readonly status: 'shown'; readonly text: string }
	| { readonly status: 'listed'; readonly connectors: readonly Connector[] }
	| { readonly status: 'printed'; readonly instructions: string }
	| { readonly status: 'previewed' }
	/** The patch holds one character per byte. */
	| { readonly status: 'compared'; readonly patch: string }
	| { readonly status: 'unchanged' }
	| { readonly status: 'checked'; readonly checked: readonly Checked[] }
	/** The agent had the terminal. */
	| {
			readonly status: 'agent-ended';
			readonly agent: CodingAgentName;
			readonly exitCode: number;
			/** Whether we were told to end, and told the agent. */
			readonly isTerminated: boolean;
			/** The project as the agent left it; missing where nobody looked. */
			readonly after?: Proposal;
	  }
	/** `marked`: the merges with marked lines that are beside their files now. */
	| { readonly status: 'conflict'; readonly marked?: readonly string[] }
	| Applied;

export const CANCELLED = {
	status: 'cancelled',
	signal: 'SIGINT',
	files: 'untouched',
	left: [],
} as const satisfies Outcome;

/** The proposal is missing when the run ended before the project was known. */
export interface Result {
	readonly outcome: Outcome;
	readonly proposal: Proposal | undefined;
	/** The file that takes what would go to stdout. */
	readonly output?: string | undefined;
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
} as const satisfies Record<Exclude<Outcome['status'], 'cancelled' | 'checked' | 'agent-ended'>, number>;

/** Of `flue check`, and of an agent that left something undone. */
const WRONG = 5;

function hasError({ findings }: Checked): boolean {
	return findings.some(({ severity }) => severity === 'error');
}

/** A preview of a write that would end in a conflict ends like it. */
export function exitCode({ outcome, proposal }: Result): number {
	if (outcome.status === 'agent-ended') {
		if (outcome.isTerminated) return outcome.exitCode;
		return outcome.after === undefined || isDone(outcome.after) ? 0 : WRONG;
	}
	if (outcome.status === 'cancelled') return outcome.signal === 'SIGINT' ? 130 : 143;
	if (outcome.status === 'checked') return outcome.checked.some(hasError) ? WRONG : 0;
	const isPreview = outcome.status === 'previewed' || outcome.status === 'compared';
	if (isPreview && proposal !== undefined && hasConflict(proposal)) return EXIT_CODES.conflict;
	return EXIT_CODES[outcome.status];
}
