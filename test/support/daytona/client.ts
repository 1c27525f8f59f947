import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedPackages } from '../packages.ts';

/** The least and the newest SDK that the project's tests run with. */
export const SDK_VERSIONS = ['0.187.0', '0.216.0'] as const;

export interface ExecuteResponse {
	readonly exitCode: number;
	readonly result: string;
	readonly artifacts?: { readonly stdout: string };
}

export interface FileInfo {
	readonly name: string;
	readonly size: number;
	readonly mode: string;
	readonly modTime: string;
	readonly modifiedAt?: string;
	readonly isDir: boolean;
	readonly owner: string;
	readonly group: string;
	readonly permissions: string;
	readonly path?: string;
}

/** What the tests use of the SDK's `Sandbox`; the same in every version from 0.167 on. */
export interface SdkSandbox {
	readonly id: string;
	readonly name: string;
	readonly state: string;
	readonly toolboxProxyUrl: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly process: SdkProcess;
	readonly fs: SdkFileSystem;
	getWorkDir(): Promise<string>;
	getUserHomeDir(): Promise<string>;
	refreshData(): Promise<void>;
	refreshActivity(): Promise<void>;
	start(timeout?: number): Promise<void>;
	stop(timeout?: number): Promise<void>;
	archive(): Promise<void>;
	delete(timeout?: number, wait?: boolean): Promise<void>;
	setLabels(labels: Record<string, string>): Promise<unknown>;
	setAutostopInterval(interval: number): Promise<void>;
	waitUntilStarted(timeout?: number): Promise<void>;
}

export interface SdkProcess {
	executeCommand(
		command: string,
		cwd?: string,
		env?: Record<string, string>,
		timeout?: number,
	): Promise<ExecuteResponse>;
	createSession(id: string): Promise<void>;
	getSession(id: string): Promise<{ readonly sessionId: string; readonly commands: readonly object[] }>;
	listSessions(): Promise<readonly object[]>;
	deleteSession(id: string): Promise<void>;
	executeSessionCommand(id: string, request: { command: string; runAsync?: boolean }): Promise<SessionResponse>;
	getSessionCommand(id: string, commandId: string): Promise<{ readonly exitCode?: number }>;
	getSessionCommandLogs(id: string, commandId: string): Promise<Omit<SessionResponse, 'cmdId' | 'exitCode'>>;
}

export interface SessionResponse {
	readonly cmdId: string;
	readonly exitCode?: number;
	readonly output: string;
	readonly stdout: string;
	readonly stderr: string;
}

export interface SdkFileSystem {
	getFileDetails(path: string): Promise<FileInfo>;
	listFiles(path: string, options?: { depth?: number }): Promise<readonly FileInfo[]>;
	createFolder(path: string, mode: string): Promise<void>;
	deleteFile(path: string, recursive?: boolean): Promise<void>;
	moveFiles(source: string, destination: string): Promise<void>;
	downloadFile(path: string, timeout?: number): Promise<Buffer>;
	downloadFiles(files: { source: string }[]): Promise<readonly { source: string; result?: Buffer; error?: string }[]>;
	uploadFile(content: Buffer, path: string, timeout?: number): Promise<void>;
	uploadFiles(files: { source: Buffer; destination: string }[]): Promise<void>;
	searchFiles(path: string, pattern: string): Promise<{ readonly files: readonly string[] }>;
	findFiles(path: string, pattern: string): Promise<readonly { file: string; line: number; content: string }[]>;
	replaceInFiles(files: string[], pattern: string, value: string): Promise<readonly object[]>;
	setFilePermissions(path: string, permissions: { mode?: string; owner?: string; group?: string }): Promise<void>;
}

export interface SdkSnapshot {
	readonly id: string;
	readonly name: string;
	readonly state: string;
}

export interface SdkClient {
	readonly snapshot: {
		create(request: { name: string; image: unknown; resources?: object }, options?: object): Promise<SdkSnapshot>;
		get(name: string): Promise<SdkSnapshot>;
		list(): Promise<{ readonly items: readonly SdkSnapshot[]; readonly total: number }>;
		activate(snapshot: SdkSnapshot): Promise<SdkSnapshot>;
		delete(snapshot: SdkSnapshot): Promise<void>;
	};
	create(request?: object, options?: { timeout?: number }): Promise<SdkSandbox>;
	get(idOrName: string): Promise<SdkSandbox>;
	list(query?: object): AsyncIterable<SdkSandbox>;
	delete(sandbox: SdkSandbox, timeout?: number, wait?: boolean): Promise<void>;
}

export interface Sdk {
	readonly Daytona: new (config: object) => SdkClient;
	readonly Image: { base(image: string): unknown };
	readonly [name: string]: unknown;
}

interface Endpoint {
	readonly apiUrl: string;
	readonly apiKey: string;
}

/** `isomorphic-ws` names `ws` as a peer, which npm would add by itself and the tests' install does not. */
const PEERS: Readonly<Record<string, Readonly<Record<string, string>>>> = { '0.187.0': { ws: '8.18.3' } };

/** Loads the SDK's CommonJS build: vite would transform the other one, file by file. */
export async function loadSdk(version: string): Promise<Sdk> {
	const folder = await installedPackages({ '@daytona/sdk': version, ...PEERS[version] });
	return createRequire(join(folder, 'package.json'))('@daytona/sdk') as Sdk;
}

/** The real SDK's client, talking to the double. */
export async function daytonaClient(sdkVersion: string, { apiUrl, apiKey }: Endpoint): Promise<SdkClient> {
	const { Daytona } = await loadSdk(sdkVersion);
	return new Daytona({ apiUrl, apiKey, target: 'us', useDeprecatedPolling: true });
}

/** A real client and a sandbox that it has created. */
export async function connectSandbox(
	double: Endpoint,
	sdkVersion: string = SDK_VERSIONS[1],
	request?: object,
): Promise<{ readonly client: SdkClient; readonly sandbox: SdkSandbox }> {
	const client = await daytonaClient(sdkVersion, double);
	return { client, sandbox: await client.create(request) };
}
