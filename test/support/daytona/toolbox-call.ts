import type { IncomingMessage } from 'node:http';
import { isAbsolute } from 'node:path';
import { type Answer, type DaemonError, daemonErrorBody, jsonAnswer } from './answers.ts';
import type { Double } from './double.ts';
import type { LoggedRequest } from './requests.ts';
import type { Sandbox } from './sandboxes.ts';

/** One request to the daemon in a sandbox. */
export interface ToolboxCall {
	readonly double: Double;
	readonly sandbox: Sandbox;
	readonly request: LoggedRequest;
	readonly message: IncomingMessage;
	readonly parameters: readonly string[];
	/** The value in the query, or an empty text. */
	query(name: string): string;
	/** The daemon reads relative paths from its own work dir. */
	resolve(path: string): string;
	fail(error: DaemonError): Answer;
}

export function toolboxCall(
	double: Double,
	sandbox: Sandbox,
	request: LoggedRequest,
	message: IncomingMessage,
	parameters: readonly string[],
): ToolboxCall {
	const daemonPath = request.path.slice(`/toolbox/${sandbox.id}`.length);
	return {
		double,
		sandbox,
		request,
		message,
		parameters,
		query: (name) => request.query[name] ?? '',
		resolve: (path) => (isAbsolute(path) ? path : path === '' ? sandbox.workDir : `${sandbox.workDir}/${path}`),
		fail: (error) => jsonAnswer(error.status, daemonErrorBody(error, daemonPath, request.method, double.errorSource)),
	};
}
