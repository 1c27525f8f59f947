import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformWithOxc } from 'vite';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../src/ecosystem/flue-runtimes.ts';
import { type LoopbackDaytona, startDaytona } from './daytona.ts';
import { connectSandbox, type SdkSandbox } from './daytona/client.ts';
import type { DaytonaOptions } from './daytona/double.ts';
import { installedPackages, PI_PACKAGES } from './packages.ts';

/** A runtime for each text that the connector can have, its profile, and what npm needs to be told to install it. */
export const RUNTIMES = {
	'0.8.1': { since: '0.8.0', packages: PI_PACKAGES },
	'0.11.1': { since: '0.9.0', packages: {} },
	'1.0.0-beta.9': { since: '1.0.0-beta.3', packages: {} },
	'2.0.1': { since: '2.0.0', packages: {} },
	'2.0.3': { since: '2.0.2', packages: {} },
	'2.1.0': { since: '2.0.2', packages: {} },
} as const satisfies Record<string, { since: RuntimeProfile['since']; packages: Readonly<Record<string, string>> }>;

export type RuntimeVersion = keyof typeof RUNTIMES;

export const RUNTIME_VERSIONS = Object.keys(RUNTIMES) as readonly RuntimeVersion[];

const nativeImport = createRequire(import.meta.url)('./native-import.cjs') as (url: string) => Promise<unknown>;

/** What Flue's wrapper makes of the connector. */
export interface SandboxEnv {
	readonly cwd: string;
	exec(command: string, options?: ExecOptions): Promise<ShellResult>;
	readFile(path: string): Promise<string>;
	readFileBuffer(path: string): Promise<Uint8Array>;
	writeFile(path: string, content: string | Uint8Array): Promise<void>;
	stat(path: string): Promise<FileStat>;
	readdir(path: string): Promise<string[]>;
	exists(path: string): Promise<boolean>;
	mkdir(path: string, options?: { recursive?: boolean }): Promise<void>;
	rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
}

export interface ExecOptions {
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Seconds; up to 0.11.1. */
	readonly timeout?: number;
	/** From 1.0.0-beta.1. */
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

export interface ShellResult {
	readonly stdout: string;
	readonly stderr: string;
	readonly exitCode: number;
}

export interface FileStat {
	readonly isFile: boolean;
	readonly isDirectory: boolean;
	readonly isSymbolicLink?: boolean;
	readonly size?: number;
	readonly mtime?: Date;
}

interface ConnectorModule {
	daytona(sandbox: unknown): Partial<Record<FactoryMethod, (options: { id: string }) => Promise<SandboxEnv>>>;
}

type FactoryMethod = 'createSessionEnv' | 'createSandbox';

export interface PreparedSandbox {
	readonly double: LoopbackDaytona;
	/** The sandbox as the SDK sees it. */
	readonly daytona: SdkSandbox;
	/** Hands the sandbox to the connector, as Flue does once for each harness. */
	open(): Promise<SandboxEnv>;
	close(): Promise<void>;
}

export interface ConnectedSandbox extends PreparedSandbox {
	/** The sandbox as Flue's tools see it. */
	readonly sandbox: SandboxEnv;
}

export interface ConnectOptions {
	readonly runtime?: RuntimeVersion;
	readonly sdk?: string;
	readonly double?: DaytonaOptions;
	/** Changes the text of the connector, to bring about what a test machine cannot. */
	readonly edit?: (text: string) => string;
}

export function profileOf(version: RuntimeVersion): RuntimeProfile {
	const profile = RUNTIME_PROFILES.find(({ since }) => since === RUNTIMES[version].since);
	if (profile === undefined) throw new Error(`There is no profile for ${version}.`);
	return profile;
}

/** A new loopback Daytona, a sandbox that the real SDK has created there, and the connector on it. */
export async function connect(options: ConnectOptions = {}): Promise<ConnectedSandbox> {
	const prepared = await prepare(options);
	return { ...prepared, sandbox: await prepared.open() };
}

export async function prepare(options: ConnectOptions = {}): Promise<PreparedSandbox> {
	const double = await startDaytona(options.double);
	const { sandbox: daytona } = await connectSandbox(double, options.sdk);
	const project = await connectorProject(options);
	const connector = await importModule<ConnectorModule>(join(project, 'daytona.mjs'));
	return {
		double,
		daytona,
		open: () => openSandbox(connector, daytona),
		async close() {
			await double.close();
			rmSync(project, { recursive: true });
		},
	};
}

/** The folder of a project with this runtime in which the connector lies, its types stripped. */
export async function connectorProject({ runtime = '2.1.0', edit }: ConnectOptions = {}): Promise<string> {
	const installed = await installedPackages({ '@flue/runtime': runtime, ...RUNTIMES[runtime].packages });
	const project = mkdtempSync(join(tmpdir(), 'connector-'));
	symlinkSync(join(installed, 'node_modules'), join(project, 'node_modules'));
	const text = renderConnectorFile(profileOf(runtime));
	const { code } = await transformWithOxc(edit?.(text) ?? text, 'daytona.ts', { sourcemap: false });
	writeFileSync(join(project, 'daytona.mjs'), code);
	return project;
}

/** As Node would, past Vitest. */
export async function importModule<Module>(path: string): Promise<Module> {
	return (await nativeImport(pathToFileURL(path).href)) as Module;
}

async function openSandbox({ daytona }: ConnectorModule, sandbox: unknown): Promise<SandboxEnv> {
	const factory = daytona(sandbox);
	const create = factory.createSandbox ?? factory.createSessionEnv;
	if (create === undefined) throw new Error('The connector creates no sandbox.');
	return create({ id: 'agent-1' });
}

/** A deadline in the unit of the runtime's contract. */
export function deadline(runtime: RuntimeVersion, milliseconds: number): Pick<ExecOptions, 'timeout' | 'timeoutMs'> {
	const inSeconds = profileOf(runtime).deadlineUnit === 'seconds';
	return inSeconds ? { timeout: milliseconds / 1000 } : { timeoutMs: milliseconds };
}

/** The connector probes a sandbox each 5 s; a test need not wait so long. */
export function probingEach(milliseconds: number): (text: string) => string {
	return (text) => {
		const [before, after, ...others] = text.split('PROBE_INTERVAL_MS = 5_000');
		if (after === undefined || others.length > 0) throw new Error('The interval of the probes is not where it was.');
		return `${before}PROBE_INTERVAL_MS = ${milliseconds}${after}`;
	};
}
