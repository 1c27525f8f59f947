import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSandbox } from './daytona/control-plane.ts';
import { createDouble, type DaytonaOptions, type Double } from './daytona/double.ts';
import { createFaults, type Faults } from './daytona/faults.ts';
import { deleteSandbox, endWork, enterState } from './daytona/lifecycle.ts';
import { findProcesses } from './daytona/processes.ts';
import { createRequestLog, type RequestLog } from './daytona/requests.ts';
import type { Interruption, SandboxState, ToolboxReach } from './daytona/sandboxes.ts';
import { serve } from './daytona/server.ts';
import { findSnapshot } from './daytona/snapshots.ts';

export interface SandboxView {
	readonly id: string;
	readonly name: string;
	readonly state: SandboxState;
	readonly workDir: string;
}

export interface SandboxControl {
	readonly all: readonly SandboxView[];
	get(idOrName: string): SandboxView;
	/** The living processes that the sandbox has started, wherever they have moved to. */
	processes(idOrName: string): readonly number[];
	/** A sandbox that leaves `started` loses its processes; its requests in flight end as told. */
	setState(idOrName: string, state: SandboxState, inFlight?: Interruption): Promise<void>;
	/** What the proxy answers whatever the state says; `undefined` lets the state decide again. */
	setReach(idOrName: string, reach: ToolboxReach | undefined): void;
	/** As if its owner had deleted it: 404 from the control plane, 401 from the toolbox. */
	delete(idOrName: string, inFlight?: Interruption): Promise<void>;
	/** Gone a moment ago: 404 from the control plane, and the toolbox misses the container. */
	vanish(idOrName: string, inFlight?: Interruption): Promise<void>;
}

export interface LoopbackDaytona {
	readonly apiUrl: string;
	readonly apiKey: string;
	readonly requests: RequestLog;
	readonly faults: Faults;
	readonly sandboxes: SandboxControl;
	setSnapshotState(name: string, state: string): void;
	/** Ends every process that a sandbox has started, removes their directories, drops every connection. */
	close(): Promise<void>;
}

/** Daytona's control plane, proxy and sandbox daemon on a loopback port, with real processes and files behind them. */
export async function startDaytona(options: DaytonaOptions = {}): Promise<LoopbackDaytona> {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'daytona-')));
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const double = createDouble(options, root, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	const { log, add } = createRequestLog();
	const faults = createFaults();
	serve(server, double, { add, takeFault: faults.take });
	return {
		apiUrl: `${double.origin}/api`,
		apiKey: double.apiKey,
		requests: log,
		faults,
		sandboxes: controlSandboxes(double),
		setSnapshotState: (name, state) => setSnapshotState(double, name, state),
		close: () => close(server, double),
	};
}

function controlSandboxes(double: Double): SandboxControl {
	const get = (idOrName: string) => {
		const sandbox = findSandbox(double, idOrName);
		if (sandbox === undefined) throw new Error(`The loopback Daytona has no sandbox ${idOrName}.`);
		return sandbox;
	};
	return {
		get all() {
			return [...double.sandboxes.values()].filter(({ isDeleted }) => !isDeleted);
		},
		get,
		processes: (idOrName) => findProcesses(get(idOrName).id),
		setState: async (idOrName, state, inFlight) => {
			const sandbox = get(idOrName);
			sandbox.desiredState = state;
			await enterState(sandbox, state, inFlight);
		},
		setReach: (idOrName, reach) => void (get(idOrName).reach = reach),
		delete: (idOrName, inFlight) => deleteSandbox(get(idOrName), inFlight),
		vanish: async (idOrName, inFlight) => {
			const sandbox = get(idOrName);
			await deleteSandbox(sandbox, inFlight);
			sandbox.reach = 'container-gone';
		},
	};
}

function setSnapshotState(double: Double, name: string, state: string): void {
	const snapshot = findSnapshot(double.snapshots, name);
	if (snapshot === undefined) throw new Error(`The loopback Daytona has no snapshot ${name}.`);
	snapshot.state = state;
}

async function close(server: Server, double: Double): Promise<void> {
	const closed = new Promise((resolve) => server.close(resolve));
	server.closeAllConnections();
	await double.launcher.drain();
	await Promise.all([...double.sandboxes.values()].map((sandbox) => endWork(sandbox, 'silent')));
	await double.launcher.end();
	await closed;
	rmSync(double.root, { recursive: true, force: true, maxRetries: 3 });
}
