import type { Double } from './double.ts';
import { killProcesses } from './processes.ts';
import type { Interruption, Sandbox, SandboxState } from './sandboxes.ts';

/** A sandbox that is not `started` has no processes; what it was just answering ends as told. */
export async function enterState(sandbox: Sandbox, state: SandboxState, inFlight: Interruption = 'bad-gateway') {
	sandbox.state = state;
	sandbox.updatedAt = new Date().toISOString();
	if (state !== 'started') await endWork(sandbox, inFlight);
}

/** Reaches the state at once, or by way of another one in which it stays for `transitionMs`. */
export async function moveTo(double: Double, sandbox: Sandbox, via: SandboxState, state: SandboxState): Promise<void> {
	const { transitionMs = 0 } = double.options;
	sandbox.desiredState = state;
	if (transitionMs === 0) return enterState(sandbox, state);
	await enterState(sandbox, via);
	setTimeout(() => {
		if (sandbox.state === via) void enterState(sandbox, state);
	}, transitionMs).unref();
}

export async function endWork(sandbox: Sandbox, inFlight: Interruption): Promise<void> {
	for (const interrupt of sandbox.interrupts) interrupt(inFlight);
	for (const { stdin } of sandbox.sessions.values()) stdin.destroy();
	sandbox.sessions.clear();
	await killProcesses(sandbox.id, sandbox.processGroups);
	sandbox.processGroups.clear();
}

export async function deleteSandbox(sandbox: Sandbox, inFlight: Interruption = 'bad-gateway'): Promise<void> {
	sandbox.isDeleted = true;
	sandbox.reach = 'unauthorized';
	sandbox.desiredState = 'destroyed';
	await enterState(sandbox, 'destroyed', inFlight);
}
