export type Contract = 'session' | 'session-ms' | 'driver';

export type AgentApi = 'triggers' | 'create-agent' | 'define-workflow' | 'use-agent';

/** Where Flue looks for sources, in its order; up to 0.8 it passes over `src`. */
export const SOURCE_DIRS = ['.flue', 'src', '.'] as const;

export type SourceDir = (typeof SOURCE_DIRS)[number];

type SandboxError = 'SandboxOperationUnsupportedError' | 'SandboxDiedError';

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
	/** The oldest Node.js that Flue runs on, by `engines` of its packages. */
	readonly oldestNode: string;
	readonly cloudflare: CloudflareBuild;
}

/** How this Flue builds for Cloudflare, where agents and workflows become Durable Object classes. */
interface CloudflareBuild {
	/** Who declares the classes in migrations. */
	readonly migrations: 'flue' | 'project';
	/** Whether every build has the class FlueRegistry. */
	readonly registry: boolean;
	/** What runs an example in workerd: `flue run --target cloudflare`, or `flue dev --target cloudflare` or Vite that serve it. */
	readonly runs: 'run' | 'dev' | 'vite';
}

const generated = { migrations: 'flue', registry: true, runs: 'dev' } as const;

const authored = { migrations: 'project', registry: true, runs: 'dev' } as const;

const session = {
	contract: 'session',
	deadlineUnit: 'seconds',
	errors: [],
	abortRace: 'adapter',
	oldestNode: '22.18.0',
} as const;

const sessionMs = {
	contract: 'session-ms',
	deadlineUnit: 'milliseconds',
	sourceDirs: SOURCE_DIRS,
	readsEnvFile: true,
	errors: ['SandboxOperationUnsupportedError'],
	abortRace: 'adapter',
	oldestNode: '22.19.0',
} as const;

const sinceTwo = {
	...sessionMs,
	agentApi: 'use-agent',
	errors: ['SandboxOperationUnsupportedError', 'SandboxDiedError'],
	abortRace: 'runtime',
	cloudflare: { migrations: 'project', registry: false, runs: 'vite' },
} as const;

/** Oldest first. Measured on the published packages and on the public tags of withastro/flue. */
export const RUNTIME_PROFILES = [
	{
		since: '0.6.0',
		...session,
		sourceDirs: ['.flue', '.'],
		agentApi: 'triggers',
		readsEnvFile: false,
		cloudflare: generated,
	},
	{
		since: '0.8.0',
		...session,
		sourceDirs: ['.flue', '.'],
		agentApi: 'create-agent',
		readsEnvFile: false,
		cloudflare: generated,
	},
	{
		since: '0.9.0',
		...session,
		sourceDirs: SOURCE_DIRS,
		agentApi: 'create-agent',
		readsEnvFile: true,
		cloudflare: authored,
	},
	{ since: '1.0.0-beta.1', ...sessionMs, agentApi: 'create-agent', cloudflare: authored },
	{ since: '1.0.0-beta.3', ...sessionMs, agentApi: 'define-workflow', cloudflare: { ...authored, runs: 'run' } },
	{ since: '2.0.0', ...sinceTwo },
	{ since: '2.0.2', ...sinceTwo, contract: 'driver' },
] as const satisfies readonly RuntimeProfile[];

/** What makes a module's functions agents, since 2.0. */
export const USE_AGENT = /^\s*(['"])use agent\1/m;

/** What a release brought, and how it shows: a name that the package exports, and code for it, or for what was before, in a project. */
export const BROUGHT: Readonly<
	Record<string, { readonly exported: string; readonly now: RegExp; readonly before: RegExp }>
> = {
	'0.8.0': { exported: 'createAgent', now: /\bcreateAgent\b/, before: /\bexport const triggers\b/ },
	'2.0.0': {
		exported: 'SandboxDiedError',
		now: USE_AGENT,
		before: /\b(?:defineWorkflow|defineAgent|createAgent)\b/,
	},
	'2.0.2': { exported: 'sandboxFromDriver', now: /\bsandboxFromDriver\b/, before: /\bcreateSandboxSessionEnv\b/ },
};

/** What a runtime with this contract asks of a connector. */
export const CONTRACT_DEMANDS = {
	session:
		'a factory with `createSessionEnv()`, made with `createSandboxSessionEnv()`, and deadlines in seconds as `timeout`',
	'session-ms':
		'a factory with `createSessionEnv()`, made with `createSandboxSessionEnv()`, and deadlines in milliseconds as `timeoutMs`',
	driver:
		'a factory with `createSandbox()`, made with `sandboxFromDriver()`, and deadlines in milliseconds as `timeoutMs`',
} as const satisfies Record<Contract, string>;

export const CONTRACT_RANGES = {
	session: '>=0.6.0 <1.0.0-beta.1',
	'session-ms': '>=1.0.0-beta.1 <2.0.2',
	driver: '>=2.0.2',
} as const satisfies Record<Contract, string>;

/** What becomes of code for the first contract on a runtime with the second; tried on the published runtimes. */
export const CONSEQUENCES = {
	session: {
		session: '',
		'session-ms':
			'every deadline is lost without a word, even where the code compiles: this runtime gives it in milliseconds, as timeoutMs',
		driver: 'it does not type-check, and every deadline is lost: this runtime gives it in milliseconds, as timeoutMs',
	},
	'session-ms': {
		session: 'it does not type-check, and every deadline is lost: this runtime gives it in seconds, as timeout',
		'session-ms': '',
		driver: 'it does not type-check, because this runtime asks for createSandbox()',
	},
	driver: {
		session: 'it cannot be loaded, because this runtime has no sandboxFromDriver',
		'session-ms': 'it cannot be loaded, because this runtime has no sandboxFromDriver',
		driver: '',
	},
} as const satisfies Record<Contract, Record<Contract, string>>;
