export type Contract = 'session' | 'session-ms' | 'driver';
export type AgentApi = 'triggers' | 'create-agent' | 'define-workflow' | 'use-agent';
export type SourceDir = '.flue' | 'src' | '.';
export type SandboxError = 'SandboxOperationUnsupportedError' | 'SandboxDiedError';

/** What the connector and its usage need to know of a `@flue/runtime`; one for each version that changed something. */
export interface RuntimeProfile {
	/** The first version that behaves so; also the profile's name. */
	readonly since: string;
	readonly contract: Contract;
	readonly deadlineUnit: 'seconds' | 'milliseconds';
	/** The first that exists is the source directory. */
	readonly sourceDirs: readonly SourceDir[];
	readonly agentApi: AgentApi;
	/** Whether `flue run` reads `.env` by itself. */
	readonly readsEnvFile: boolean;
	/** The classes that exist at run time: importing another one fails at load. */
	readonly errors: readonly SandboxError[];
	/** Who settles a call when its signal aborts. */
	readonly abortRace: 'adapter' | 'runtime';
}

const session = { contract: 'session', deadlineUnit: 'seconds', errors: [], abortRace: 'adapter' } as const;
const sessionMs = {
	contract: 'session-ms',
	deadlineUnit: 'milliseconds',
	sourceDirs: ['.flue', 'src', '.'],
	readsEnvFile: true,
	errors: ['SandboxOperationUnsupportedError'],
	abortRace: 'adapter',
} as const;
const sinceTwo = {
	...sessionMs,
	agentApi: 'use-agent',
	errors: ['SandboxOperationUnsupportedError', 'SandboxDiedError'],
	abortRace: 'runtime',
} as const;

/** Oldest first. Measured on the published packages and on the public tags of withastro/flue. */
export const RUNTIME_PROFILES = [
	{ since: '0.6.0', ...session, sourceDirs: ['.flue', '.'], agentApi: 'triggers', readsEnvFile: false },
	{ since: '0.8.0', ...session, sourceDirs: ['.flue', '.'], agentApi: 'create-agent', readsEnvFile: false },
	{ since: '0.9.0', ...session, sourceDirs: ['.flue', 'src', '.'], agentApi: 'create-agent', readsEnvFile: true },
	{ since: '1.0.0-beta.1', ...sessionMs, agentApi: 'create-agent' },
	{ since: '1.0.0-beta.3', ...sessionMs, agentApi: 'define-workflow' },
	{ since: '2.0.0', ...sinceTwo },
	{ since: '2.0.2', ...sinceTwo, contract: 'driver' },
] as const satisfies readonly RuntimeProfile[];
