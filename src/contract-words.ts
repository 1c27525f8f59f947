import type { Contract } from './runtime-profiles.ts';

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
