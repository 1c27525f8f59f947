import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Sessions } from './sessions.ts';

/** https://github.com/daytonaio/daytona/blob/v0.190.0/apps/api/src/sandbox/enums/sandbox-state.enum.ts */
export type SandboxState =
	| 'creating'
	| 'restoring'
	| 'destroyed'
	| 'destroying'
	| 'started'
	| 'stopped'
	| 'starting'
	| 'stopping'
	| 'error'
	| 'build_failed'
	| 'pending_build'
	| 'building_snapshot'
	| 'unknown'
	| 'pulling_snapshot'
	| 'archived'
	| 'archiving'
	| 'resizing'
	| 'snapshotting'
	| 'forking'
	| 'pausing'
	| 'paused'
	| 'resuming';

/** What stands between a client and the daemon; `undefined` lets the sandbox's state decide. */
export type ToolboxReach = 'up' | 'stopped' | 'container-gone' | 'no-runner' | 'unauthorized' | 'unreachable';

/** What becomes of toolbox requests that are being answered while their sandbox goes away. */
export type Interruption = 'bad-gateway' | 'reset' | 'silent';

export interface CreateSandbox {
	readonly name?: string;
	readonly snapshot?: string;
	readonly buildInfo?: object;
	readonly user?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly labels?: Readonly<Record<string, string>>;
	readonly public?: boolean;
	readonly target?: string;
	readonly cpu?: number;
	readonly gpu?: number;
	readonly memory?: number;
	readonly disk?: number;
	readonly autoStopInterval?: number;
	readonly autoArchiveInterval?: number;
	readonly autoDeleteInterval?: number;
	readonly volumes?: readonly object[];
	readonly networkBlockAll?: boolean;
}

export interface Sandbox {
	readonly id: string;
	readonly workDir: string;
	readonly env: Readonly<Record<string, string>>;
	readonly createdAt: string;
	/** The fields that a client can set, as the API shows them. */
	readonly settings: Record<string, unknown>;
	readonly sessions: Sessions;
	/** Process groups of shells that the daemon started and that may still have members. */
	readonly processGroups: Set<number>;
	/** Called with how a toolbox request in flight has to end. */
	readonly interrupts: Set<(interruption: Interruption) => void>;
	name: string;
	state: SandboxState;
	/** No longer known to the control plane. */
	isDeleted: boolean;
	desiredState: string;
	reach: ToolboxReach | undefined;
	errorReason: string | undefined;
	updatedAt: string;
}

const DEFAULT_SNAPSHOT = 'daytonaio/sandbox:0.6.0';

export function createSandbox(request: CreateSandbox, root: string, workDir: string | undefined): Sandbox {
	const id = randomUUID();
	const home = workDir ?? join(root, id);
	mkdirSync(home, { recursive: true });
	const { name, snapshot = DEFAULT_SNAPSHOT, buildInfo, env, ...settings } = request;
	const now = new Date().toISOString();
	return {
		id,
		workDir: realpathSync(home),
		env: env ?? {},
		createdAt: now,
		settings: { ...settings, ...(buildInfo === undefined ? { snapshot } : { buildInfo }) },
		sessions: new Map(),
		processGroups: new Set(),
		interrupts: new Set(),
		name: name ?? id,
		state: 'started',
		isDeleted: false,
		desiredState: 'started',
		reach: undefined,
		errorReason: undefined,
		updatedAt: now,
	};
}

export function sandboxDto(sandbox: Sandbox, toolboxProxyUrl: string): object {
	return {
		id: sandbox.id,
		organizationId: 'org-1',
		name: sandbox.name,
		user: 'daytona',
		env: sandbox.env,
		labels: {},
		public: false,
		networkBlockAll: false,
		target: 'us',
		cpu: 1,
		gpu: 0,
		memory: 1,
		disk: 3,
		backupState: 'None',
		autoStopInterval: 15,
		autoArchiveInterval: 10_080,
		autoDeleteInterval: -1,
		volumes: [],
		...sandbox.settings,
		state: sandbox.state,
		desiredState: sandbox.desiredState,
		errorReason: sandbox.errorReason,
		createdAt: sandbox.createdAt,
		updatedAt: sandbox.updatedAt,
		sandboxClass: 'linux',
		daemonVersion: '0.190.0',
		runnerId: 'runner-1',
		toolboxProxyUrl,
	};
}
