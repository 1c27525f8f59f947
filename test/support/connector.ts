import { createRequire } from 'node:module';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformWithOxc } from 'vite';
import { renderConnectorFile } from '../../src/connectors/daytona/connector-file.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../src/runtime-profiles.ts';
import { installedPackages, PI_PACKAGES } from './packages.ts';

/** A runtime of each kind that the connector is generated for, with what npm must be told to install it. */
export const RUNTIMES = {
	'0.8.1': PI_PACKAGES,
	'0.11.1': {},
	'1.0.0-beta.9': {},
	'2.0.1': {},
	'2.0.3': {},
	'2.1.0': {},
} as const satisfies Record<string, Readonly<Record<string, string>>>;
export type RuntimeVersion = keyof typeof RUNTIMES;

const PROFILE_OF: Record<RuntimeVersion, (typeof RUNTIME_PROFILES)[number]['since']> = {
	'0.8.1': '0.8.0',
	'0.11.1': '0.9.0',
	'1.0.0-beta.9': '1.0.0-beta.3',
	'2.0.1': '2.0.0',
	'2.0.3': '2.0.2',
	'2.1.0': '2.0.2',
};

export function profileOf(version: RuntimeVersion): RuntimeProfile {
	const profile = RUNTIME_PROFILES.find(({ since }) => since === PROFILE_OF[version]);
	if (profile === undefined) throw new Error(`There is no profile for ${version}.`);
	return profile;
}

const nativeImport = createRequire(import.meta.url)('./native-import.cjs') as (url: string) => Promise<unknown>;

interface Connector {
	daytona(sandbox: unknown): {
		createSessionEnv?(options: { id: string }): Promise<SandboxEnv>;
		createSandbox?(options: { id: string }): Promise<SandboxEnv>;
	};
}

/** What Flue's wrappers make of the connector; the deadline is in the unit of the contract. */
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
	readonly timeout?: number;
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

/** The folder of a project with this runtime in which the connector lies, types stripped. */
export async function connectorProject(version: RuntimeVersion): Promise<string> {
	const installed = await installedPackages({ '@flue/runtime': version, ...RUNTIMES[version] });
	const project = mkdtempSync(join(tmpdir(), 'connector-'));
	symlinkSync(join(installed, 'node_modules'), join(project, 'node_modules'));
	const { code } = await transformWithOxc(renderConnectorFile(profileOf(version)), 'daytona.ts', { sourcemap: false });
	writeFileSync(join(project, 'daytona.mjs'), code);
	return project;
}

export async function loadConnector(version: RuntimeVersion): Promise<Connector> {
	const project = await connectorProject(version);
	return (await nativeImport(pathToFileURL(join(project, 'daytona.mjs')).href)) as Connector;
}

/** The sandbox as Flue hands it to its tools. */
export async function openSandbox({ daytona }: Connector, sandbox: unknown): Promise<SandboxEnv> {
	const factory = daytona(sandbox);
	const env = await (factory.createSandbox ?? factory.createSessionEnv)?.({ id: 'test' });
	if (env === undefined) throw new Error('The connector makes no sandbox.');
	return env;
}
