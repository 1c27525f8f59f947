import { type Answer, type DaemonError, daemonErrorBody, emptyAnswer, jsonAnswer } from './answers.ts';
import type { LoggedRequest } from './requests.ts';
import type { Sandbox, SandboxState, ToolboxReach } from './sandboxes.ts';

const UNAUTHORIZED: DaemonError = {
	status: 401,
	code: 'UNAUTHORIZED',
	message: 'unauthorized: authentication failed: Bearer token is invalid',
};

const NOT_REACHED: Readonly<Record<Exclude<ToolboxReach, 'up' | 'unreachable'>, (id: string) => DaemonError>> = {
	stopped: () => ({
		status: 400,
		code: 'BAD_REQUEST',
		message:
			'bad request: failed to resolve container IP after 3 attempts: no IP address found. Is the Sandbox started?',
	}),
	'container-gone': (id) => ({
		status: 404,
		code: 'NOT_FOUND',
		message: `not found: sandbox container not found: Error response from daemon: No such container: ${id}`,
	}),
	'no-runner': () => ({
		status: 400,
		code: 'BAD_REQUEST',
		message: 'bad request: failed to get runner info: no runner found for the sandbox',
	}),
	unauthorized: () => UNAUTHORIZED,
};

const STATE_REACH: Readonly<Partial<Record<SandboxState, ToolboxReach>>> = {
	started: 'up',
	creating: 'no-runner',
	pending_build: 'no-runner',
	building_snapshot: 'no-runner',
	build_failed: 'no-runner',
	pulling_snapshot: 'no-runner',
	archived: 'container-gone',
	destroyed: 'container-gone',
};

/** What the proxy answers in the daemon's place; `undefined` when the request gets through. */
export function proxyAnswer(
	sandbox: Sandbox | undefined,
	request: LoggedRequest,
	isAuthorized: boolean,
): Answer | undefined {
	if (sandbox === undefined || !isAuthorized) return proxyError(UNAUTHORIZED, request);
	const reach = sandbox.reach ?? STATE_REACH[sandbox.state] ?? 'stopped';
	if (reach === 'up') return undefined;
	if (reach === 'unreachable') return emptyAnswer(502);
	return proxyError(NOT_REACHED[reach](sandbox.id), request);
}

function proxyError(error: DaemonError, request: LoggedRequest): Answer {
	return jsonAnswer(error.status, daemonErrorBody(error, request.path, request.method));
}
