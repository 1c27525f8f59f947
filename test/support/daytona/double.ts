import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Zone } from './go.ts';
import { createLauncher, type Launcher } from './launcher.ts';
import { createPipeSource, type PipeSource } from './pipes.ts';
import { SANDBOX_ID_VARIABLE } from './processes.ts';
import type { Sandbox, SandboxState } from './sandboxes.ts';
import type { Shell } from './shell.ts';
import { createSnapshot, type Snapshots } from './snapshots.ts';

export interface DaytonaOptions {
	/** What reads a command on stdin; /bin/bash if not given. */
	readonly shell?: Shell;
	/** Programs that sandboxes do not find on their PATH, such as setsid or bash. */
	readonly withoutPrograms?: readonly string[];
	/** Added to the environment of every sandbox's daemon. */
	readonly env?: Readonly<Record<string, string>>;
	/** One work dir for all sandboxes, never removed; without it each has a temporary one of its own. */
	readonly workDir?: string;
	/** Newer daemons send a JSON body with failures of the file operations and name themselves in every error. */
	readonly structuredErrors?: boolean;
	/** The sandbox's time zone as Go prints it; `+0000 UTC` if not given. */
	readonly zone?: Zone;
	/** `false` for the file info of daemons before June 2026. */
	readonly modifiedAt?: boolean;
	/** The snapshots that exist; without it every name does. */
	readonly snapshots?: readonly string[];
	/** How long create, start, stop and archive stay in between; 0 if not given. */
	readonly transitionMs?: number;
	/** What a new sandbox is in while `transitionMs` pass. */
	readonly createdState?: SandboxState;
}

/** What the handlers share. */
export interface Double {
	readonly options: DaytonaOptions;
	readonly apiKey: string;
	readonly origin: string;
	readonly root: string;
	/** What sandboxes have as PATH. */
	readonly path: string;
	readonly shell: Shell;
	readonly structuredErrors: boolean;
	/** How newer daemons sign their errors. */
	readonly errorSource: string | undefined;
	readonly zone: Zone;
	readonly modifiedAt: boolean;
	readonly pipes: PipeSource;
	readonly launcher: Launcher;
	readonly sandboxes: Map<string, Sandbox>;
	readonly snapshots: Snapshots;
}

export function createDouble(options: DaytonaOptions, root: string, origin: string): Double {
	const structuredErrors = options.structuredErrors ?? false;
	const snapshots = (options.snapshots ?? []).map((name) => createSnapshot({ name }));
	return {
		options,
		apiKey: `dtn_${randomBytes(16).toString('hex')}`,
		origin,
		root,
		path: pathWithout(options.withoutPrograms ?? [], root),
		shell: options.shell ?? { path: '/bin/bash' },
		structuredErrors,
		errorSource: structuredErrors ? 'DAYTONA_DAEMON' : undefined,
		zone: options.zone ?? '+0000 UTC',
		modifiedAt: options.modifiedAt ?? true,
		pipes: createPipeSource(root),
		launcher: createLauncher(),
		sandboxes: new Map(),
		snapshots: new Map(snapshots.map((snapshot) => [snapshot.name, snapshot])),
	};
}

function pathWithout(programs: readonly string[], root: string): string {
	const path = process.env['PATH'] ?? '';
	if (programs.length === 0) return path;
	const bin = join(root, 'bin');
	mkdirSync(bin);
	const seen = new Set(programs);
	for (const directory of path.split(delimiter).filter((entry) => existsSync(entry))) {
		for (const name of readdirSync(directory).filter((candidate) => !seen.has(candidate))) {
			seen.add(name);
			symlinkSync(join(directory, name), join(bin, name));
		}
	}
	return bin;
}

/** The environment of a sandbox's daemon, which commands inherit. */
export function daemonEnv(double: Double, sandbox: Sandbox): Record<string, string> {
	return {
		PATH: double.path,
		HOME: sandbox.workDir,
		USER: 'daytona',
		LANG: 'C.UTF-8',
		...double.options.env,
		...sandbox.env,
		[SANDBOX_ID_VARIABLE]: sandbox.id,
	};
}
