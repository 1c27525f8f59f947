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
